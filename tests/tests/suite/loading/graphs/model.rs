//! The models of the random graphs, the rows of one graph, and what their relations lead to in memory.

use std::cmp::Ordering;

use orm_core::expr::Order;
use orm_core::model::Column;
use orm_core::prelude::*;
use serde::Serialize;
use serde_json::Value;

/// A number of the database's kind as its key, and a unique text to which others refer.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "nodes", soft_delete = gone_at, serialize)]
#[orm(has_many(children: Node.parent_id), has_one(badge: Badge), has_many(sponsored: Badge.sponsor_id))]
#[orm(has_many(posts: Post.node_code -> code), has_many(lines: Line))]
#[orm(many_to_many(tags: Tag through Label), many_to_many(peers: Node through Link(from_id, to_id)))]
pub struct Node {
    pub id: Id<Node>,
    #[orm(unique, length = 20)]
    pub code: String,
    pub parent_id: Option<Id<Node>>,
    pub n: i32,
    pub rank: Option<i32>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// At most one for each node; and nodes may sponsor any number.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "badges", soft_delete = gone_at, key = Uuid, serialize)]
pub struct Badge {
    pub id: Id<Badge>,
    #[orm(unique)]
    pub node_id: Id<Node>,
    pub sponsor_id: Option<Id<Node>>,
    pub n: i32,
    pub rank: Option<i32>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// A text as its key.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "tags", soft_delete = gone_at, serialize, many_to_many(nodes: Node through Label))]
pub struct Tag {
    #[orm(primary_key, length = 20)]
    pub name: String,
    pub n: i32,
    pub rank: Option<i32>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// A key of two columns.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "lines", soft_delete = gone_at, primary_key(node_id, no), serialize, has_many(posts: Post, on(line_node, line_no)))]
pub struct Line {
    pub node_id: Id<Node>,
    pub no: i32,
    pub n: i32,
    pub rank: Option<i32>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// Refers to a unique text, to a number that may be NULL, and to a key of two columns.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "posts", soft_delete = gone_at, key = Uuid, serialize, belongs_to(line: Line, on(line_node, line_no)))]
pub struct Post {
    pub id: Id<Post>,
    #[orm(references = Node::code, relation = node, length = 20)]
    pub node_code: String,
    pub editor_id: Option<Id<Node>>,
    pub line_node: Option<i64>,
    pub line_no: Option<i32>,
    pub n: i32,
    pub rank: Option<i32>,
    pub gone_at: Option<DateTime<Utc>>,
}

/// Which nodes have which tags.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "labels", primary_key(node_id, tag_id))]
pub struct Label {
    pub node_id: Id<Node>,
    pub tag_id: Id<Tag>,
}

/// Which nodes know which; one may be told twice.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "links")]
pub struct Link {
    pub id: Id<Link>,
    pub from_id: Id<Node>,
    pub to_id: Id<Node>,
    pub weight: i32,
}

/// What all five models have, for filters and orders.
pub trait Common: Model {
    fn n() -> Column<Self, i32>;
    fn rank() -> Column<Self, Option<i32>>;
    /// A condition along a relation: the number there is this one at least.
    fn behind(least: i32) -> Expr<Self, bool>;
    fn key() -> Vec<Order<Self>>;
}

macro_rules! common {
    ($($model:ident [$($key:ident),*] |$least:ident| $behind:expr;)*) => {$(
        impl Common for $model {
            fn n() -> Column<Self, i32> {
                $model::n
            }

            fn rank() -> Column<Self, Option<i32>> {
                $model::rank
            }

            fn behind($least: i32) -> Expr<Self, bool> {
                Filter::all([$behind])
            }

            fn key() -> Vec<Order<Self>> {
                vec![$($model::$key.asc()),*]
            }
        }
    )*};
}

common! {
    Node [id] |least| Node::parent.get(Node::n).ge(least);
    Badge [id] |least| Badge::node.get(Node::n).ge(least);
    Tag [name] |least| Tag::nodes.any(Node::n.ge(least));
    Line [node_id, no] |least| Line::node.get(Node::n).ge(least);
    Post [id] |least| Post::node.get(Node::n).ge(least);
}

/// The rows of all tables.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    pub badges: Vec<Badge>,
    pub tags: Vec<Tag>,
    pub lines: Vec<Line>,
    pub posts: Vec<Post>,
    pub labels: Vec<Label>,
    pub links: Vec<Link>,
}

/// A row of any of the five models.
#[derive(Debug, Clone, Copy)]
pub enum Row<'g> {
    Node(&'g Node),
    Badge(&'g Badge),
    Tag(&'g Tag),
    Line(&'g Line),
    Post(&'g Post),
}

macro_rules! each {
    ($row:expr, $it:ident => $what:expr) => {
        match $row {
            Row::Node($it) => $what,
            Row::Badge($it) => $what,
            Row::Tag($it) => $what,
            Row::Line($it) => $what,
            Row::Post($it) => $what,
        }
    };
}

impl<'g> Row<'g> {
    pub fn n(self) -> i32 {
        each!(self, row => row.n)
    }

    pub fn rank(self) -> Option<i32> {
        each!(self, row => row.rank)
    }

    pub fn is_gone(self) -> bool {
        each!(self, row => row.gone_at.is_some())
    }

    pub fn json(self) -> Value {
        each!(self, row => serde_json::to_value(row)).expect("a row as JSON")
    }

    /// By the primary keys.
    pub fn by_key(self, other: Row<'_>) -> Ordering {
        match (self, other) {
            (Row::Node(a), Row::Node(b)) => a.id.cmp(&b.id),
            (Row::Badge(a), Row::Badge(b)) => a.id.cmp(&b.id),
            (Row::Tag(a), Row::Tag(b)) => a.name.cmp(&b.name),
            (Row::Line(a), Row::Line(b)) => (a.node_id, a.no).cmp(&(b.node_id, b.no)),
            (Row::Post(a), Row::Post(b)) => a.id.cmp(&b.id),
            (a, b) => panic!("{a:?} beside {b:?}"),
        }
    }

    /// What [`Common::behind`] asks.
    pub fn behind(self, graph: &'g Graph, least: i32) -> bool {
        let relation = match self {
            Row::Node(_) => "parent",
            Row::Tag(_) => "nodes",
            _ => "node",
        };
        let rows = self.related(graph, relation, false);
        rows.iter().any(|row| row.n() >= least)
    }

    /// The rows to which a relation leads. Those that are marked are not shown, unless they are asked for or the key cannot be
    /// NULL.
    pub fn related(self, graph: &'g Graph, relation: &str, all: bool) -> Vec<Row<'g>> {
        let mut rows = self.reached(graph, relation);
        let promised = relation == "node";
        rows.retain(|row| all || promised || !row.is_gone());
        rows
    }

    fn reached(self, graph: &'g Graph, relation: &str) -> Vec<Row<'g>> {
        let node = |id: Option<Id<Node>>| {
            let found = graph.nodes.iter().filter(move |node| Some(node.id) == id);
            found.map(Row::Node)
        };
        match (self, relation) {
            (Row::Node(own), "parent") => node(own.parent_id).collect(),
            (Row::Node(own), "children") => {
                let nodes = graph.nodes.iter();
                nodes
                    .filter(|n| n.parent_id == Some(own.id))
                    .map(Row::Node)
                    .collect()
            }
            (Row::Node(own), "badge") => {
                let badges = graph.badges.iter();
                badges.filter(|b| b.node_id == own.id).map(Row::Badge).collect()
            }
            (Row::Node(own), "sponsored") => {
                let badges = graph.badges.iter();
                badges
                    .filter(|b| b.sponsor_id == Some(own.id))
                    .map(Row::Badge)
                    .collect()
            }
            (Row::Node(own), "posts") => {
                let posts = graph.posts.iter();
                posts.filter(|p| p.node_code == own.code).map(Row::Post).collect()
            }
            (Row::Node(own), "lines") => {
                let lines = graph.lines.iter();
                lines.filter(|l| l.node_id == own.id).map(Row::Line).collect()
            }
            (Row::Node(own), "tags") => {
                let labels = graph.labels.iter().filter(|l| l.node_id == own.id);
                let tags = labels.flat_map(|l| {
                    graph
                        .tags
                        .iter()
                        .filter(|t| l.tag_id == Id::from(t.name.as_str()))
                });
                tags.map(Row::Tag).collect()
            }
            (Row::Node(own), "peers") => {
                let links = graph.links.iter().filter(|l| l.from_id == own.id);
                links.flat_map(|l| node(Some(l.to_id))).collect()
            }
            (Row::Badge(own), "node") => node(Some(own.node_id)).collect(),
            (Row::Badge(own), "sponsor") => node(own.sponsor_id).collect(),
            (Row::Tag(own), "nodes") => {
                let labels = graph
                    .labels
                    .iter()
                    .filter(|l| l.tag_id == Id::from(own.name.as_str()));
                labels.flat_map(|l| node(Some(l.node_id))).collect()
            }
            (Row::Line(own), "node") => node(Some(own.node_id)).collect(),
            (Row::Line(own), "posts") => {
                let posts = graph.posts.iter();
                posts.filter(|p| is_of(p, own)).map(Row::Post).collect()
            }
            (Row::Post(own), "node") => {
                let nodes = graph.nodes.iter();
                nodes.filter(|n| n.code == own.node_code).map(Row::Node).collect()
            }
            (Row::Post(own), "editor") => node(own.editor_id).collect(),
            (Row::Post(own), "line") => {
                let lines = graph.lines.iter();
                lines.filter(|l| is_of(own, l)).map(Row::Line).collect()
            }
            (row, relation) => panic!("{row:?} has no {relation}"),
        }
    }
}

fn is_of(post: &Post, line: &Line) -> bool {
    post.line_node.is_some_and(|node| line.node_id == Id::from(node)) && post.line_no == Some(line.no)
}

impl Graph {
    /// The rows of a model that are not marked.
    pub fn rows(&self, model: &str) -> Vec<Row<'_>> {
        let mut rows = self.all(model);
        rows.retain(|row| !row.is_gone());
        rows
    }

    fn all(&self, model: &str) -> Vec<Row<'_>> {
        match model {
            "Node" => self.nodes.iter().map(Row::Node).collect(),
            "Badge" => self.badges.iter().map(Row::Badge).collect(),
            "Tag" => self.tags.iter().map(Row::Tag).collect(),
            "Line" => self.lines.iter().map(Row::Line).collect(),
            "Post" => self.posts.iter().map(Row::Post).collect(),
            other => panic!("no model {other}"),
        }
    }

    /// With some of the rows marked as gone.
    pub(super) fn marked(mut self, marks: &[bool]) -> Graph {
        let moment = NaiveDate::from_ymd_opt(2026, 1, 31).and_then(|day| day.and_hms_opt(12, 0, 0));
        let nodes = self.nodes.iter_mut().map(|row| &mut row.gone_at);
        let badges = self.badges.iter_mut().map(|row| &mut row.gone_at);
        let tags = self.tags.iter_mut().map(|row| &mut row.gone_at);
        let lines = self.lines.iter_mut().map(|row| &mut row.gone_at);
        let posts = self.posts.iter_mut().map(|row| &mut row.gone_at);
        let all = nodes.chain(badges).chain(tags).chain(lines).chain(posts);
        for (gone_at, mark) in all.zip(marks) {
            *gone_at = moment.filter(|_| *mark).map(|moment| moment.and_utc());
        }
        self
    }

    /// Puts these rows in the place of those that are there.
    pub async fn store(&self, db: &Db) -> Result<()> {
        Post::delete().hard().all_rows().exec(db).await?;
        Badge::delete().hard().all_rows().exec(db).await?;
        Label::delete().all_rows().exec(db).await?;
        Link::delete().all_rows().exec(db).await?;
        Line::delete().hard().all_rows().exec(db).await?;
        Tag::delete().hard().all_rows().exec(db).await?;
        sql("UPDATE nodes SET parent_id = NULL").exec(db).await?;
        Node::delete().hard().all_rows().exec(db).await?;
        Node::insert(&self.nodes).exec(db).await?;
        Tag::insert(&self.tags).exec(db).await?;
        Line::insert(&self.lines).exec(db).await?;
        Badge::insert(&self.badges).exec(db).await?;
        Post::insert(&self.posts).exec(db).await?;
        Label::insert(&self.labels).exec(db).await?;
        Link::insert(&self.links).exec(db).await?;
        Ok(())
    }
}
