//! Random rows of the graphs' models.

use orm_core::prelude::*;
use proptest::prelude::*;

use super::model::{Badge, Graph, Label, Line, Link, Node, Post, Tag};

/// Texts as keys that differ in little.
const TEXTS: [&str; 12] = ["a", "A", "a ", "ä", "Ä", "b", "", "'x'", "🦀", "ß", "SS", "aa"];

/// Whole numbers as keys, not in the order in which rows are made.
const NUMBERS: [i64; 12] = [7, 3, 11, 1, i64::MAX - 1, 5, 2, 1 << 40, 4, 70_000, 6, 300];

/// Which of the rows there are: any number, made one of them when it is known how many there are.
type Choice = usize;

fn choice() -> impl Strategy<Value = Choice> + Clone {
    0_usize..12
}

fn rank() -> impl Strategy<Value = Option<i32>> + Clone {
    prop::option::weighted(0.7, -1_i32..3)
}

fn uuids(n: usize) -> impl Strategy<Value = Vec<Uuid>> {
    let known: Vec<u128> = vec![
        1,
        2,
        1 << 64,
        1 << 127,
        u128::MAX,
        (1 << 127) + 1,
        0xff,
        0x80,
        1 << 120,
        1 << 80,
        9,
        17,
    ];
    Just(known)
        .prop_shuffle()
        .prop_map(move |all| all.into_iter().take(n).map(Uuid::from_u128).collect())
}

/// Random rows of all tables; each reference is to a row that is there.
pub fn graphs() -> impl Strategy<Value = Graph> {
    let list = |most| 0..most;
    let nodes = prop::collection::vec((prop::option::of(choice()), -1_i32..3, rank()), list(7_usize));
    let tags = prop::collection::vec((-1_i32..3, rank()), list(5));
    let lines = prop::collection::vec((choice(), -1_i32..3, rank()), list(6));
    let badges = prop::collection::vec((choice(), prop::option::of(choice()), -1_i32..3, rank()), list(5));
    let line = prop::option::weighted(0.7, (choice(), 0_u8..5));
    let posts = prop::collection::vec(
        (choice(), prop::option::of(choice()), line, -1_i32..3, rank()),
        list(9),
    );
    let labels = prop::collection::vec((choice(), choice()), list(10));
    let links = prop::collection::vec((choice(), choice(), 0_i32..3), list(9));
    let texts = || Just(TEXTS.to_vec()).prop_shuffle();
    (
        (nodes, tags, lines, badges),
        (posts, labels, links),
        (
            texts(),
            texts(),
            Just(NUMBERS.to_vec()).prop_shuffle(),
            uuids(5),
            uuids(9),
        ),
        prop::collection::vec(prop::bool::weighted(0.2), 28),
    )
        .prop_map(
            |((nodes, tags, lines, badges), (posts, labels, links), keys, marks)| {
                let (codes, names, ids, badge_ids, post_ids) = keys;
                let mut graph = Graph::default();
                for (i, (parent, n, rank)) in nodes.into_iter().enumerate() {
                    // A row that is there before it, or the row itself.
                    let parent_id = parent.map(|parent| Id::from(ids[parent % (i + 1)]));
                    let (id, code) = (Id::from(ids[i]), codes[i].to_owned());
                    graph.nodes.push(Node {
                        id,
                        code,
                        parent_id,
                        n,
                        rank,
                        gone_at: None,
                    });
                }
                for ((n, rank), name) in tags.into_iter().zip(names) {
                    graph.tags.push(Tag {
                        name: name.to_owned(),
                        n,
                        rank,
                        gone_at: None,
                    });
                }
                if graph.nodes.is_empty() {
                    return graph.marked(&marks);
                }
                let node = |choice: Choice| &graph.nodes[choice % graph.nodes.len()];
                for (no, (of, n, rank)) in (-2_i32..).zip(lines) {
                    let node_id = node(of).id;
                    // Few numbers, so that several nodes have the same.
                    let mut no = no / 2;
                    while graph.lines.iter().any(|l| (l.node_id, l.no) == (node_id, no)) {
                        no += 1;
                    }
                    graph.lines.push(Line {
                        node_id,
                        no,
                        n,
                        rank,
                        gone_at: None,
                    });
                }
                for ((of, sponsor, n, rank), id) in badges.into_iter().zip(badge_ids) {
                    let node_id = node(of).id;
                    if graph.badges.iter().all(|b| b.node_id != node_id) {
                        let sponsor_id = sponsor.map(|sponsor| node(sponsor).id);
                        graph.badges.push(Badge {
                            id: Id::from(id),
                            node_id,
                            sponsor_id,
                            n,
                            rank,
                            gone_at: None,
                        });
                    }
                }
                for ((of, editor, line, n, rank), id) in posts.into_iter().zip(post_ids) {
                    let line = line.filter(|_| !graph.lines.is_empty());
                    let line = line.map(|(line, half)| (&graph.lines[line % graph.lines.len()], half));
                    // Half a key leads nowhere, whatever it is.
                    let line_node = line
                        .filter(|(_, half)| *half != 0)
                        .map(|(line, _)| key_of(line.node_id));
                    let line_no = line.filter(|(_, half)| *half != 1).map(|(line, _)| line.no);
                    graph.posts.push(Post {
                        id: Id::from(id),
                        node_code: node(of).code.clone(),
                        editor_id: editor.map(|editor| node(editor).id),
                        line_node,
                        line_no,
                        n,
                        rank,
                        gone_at: None,
                    });
                }
                for (of, tag) in labels {
                    if graph.tags.is_empty() {
                        break;
                    }
                    let tag_id = Id::from(graph.tags[tag % graph.tags.len()].name.clone());
                    let label = Label {
                        node_id: node(of).id,
                        tag_id,
                    };
                    if !graph.labels.contains(&label) {
                        graph.labels.push(label);
                    }
                }
                for (id, (from, to, weight)) in (1_i64..).zip(links) {
                    let (from_id, to_id) = (node(from).id, node(to).id);
                    graph.links.push(Link {
                        id: Id::from(id),
                        from_id,
                        to_id,
                        weight,
                    });
                }
                graph.marked(&marks)
            },
        )
}

fn key_of(id: Id<Node>) -> i64 {
    id.to_string().parse().expect("a number")
}
