//! JSON documents and arrays: keys that mean something in paths and SQL, and values of each kind.

use orm_core::model::KeyPart as _;
use orm_core::prelude::*;
use proptest::prelude::*;
use serde_json::json;

use super::super::on_all;
use super::{samples, texts};

#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "notes")]
pub struct Note {
    pub id: Id<Note>,
    pub doc: serde_json::Value,
    pub maybe: Option<serde_json::Value>,
    pub words: Vec<String>,
    pub numbers: Option<Vec<i64>>,
}

#[test]
fn json_in_every_dialect() {
    assert_eq!(
        texts::<Note, _>(|| (Note::doc.json_get(("a", 0_u32)), Note::doc.json_text("b"))),
        [
            r#"orm_json_get("notes"."doc", ?), orm_json_scalar("notes"."doc", ?, 'text')"#,
            concat!(
                r#"("notes"."doc" -> $1 -> $2), CASE WHEN JSONB_TYPEOF(("notes"."doc" -> $3)) = 'string' "#,
                r#"THEN (("notes"."doc" -> $4) #>> '{}') END"#
            ),
            concat!(
                "JSON_EXTRACT(`notes`.`doc`, ?), CASE WHEN JSON_TYPE(JSON_EXTRACT(`notes`.`doc`, ?)) = 'STRING' ",
                "THEN JSON_UNQUOTE(JSON_EXTRACT(`notes`.`doc`, ?)) END"
            ),
        ]
    );
    assert_eq!(
        texts::<Note, _>(|| (Note::words.array_contains("x"), Note::numbers.array_length())),
        [
            concat!(
                r#"CASE WHEN "notes"."words" IS NOT NULL THEN (SELECT value FROM json_each(?)) "#,
                r#"IN (SELECT value FROM json_each("notes"."words")) END, json_array_length("notes"."numbers")"#
            ),
            r#"($1 = ANY("notes"."words")), CARDINALITY("notes"."numbers")"#,
            "JSON_CONTAINS(`notes`.`words`, ?), JSON_LENGTH(`notes`.`numbers`)",
        ]
    );
}

#[test]
fn a_key_never_becomes_text() {
    let hostile = "x'); DROP TABLE notes; --\"$.*";
    for dialect in Dialect::ALL {
        let query = Note::query()
            .filter(Note::doc.json_has_key(hostile))
            .select(Note::doc.json_i64((hostile, "b")));
        let sql = query.to_sql(dialect);
        assert!(!sql.text().expect("written").contains("DROP"), "{sql}");
    }
}

/// Keys full of what means something in JSON, in paths and in SQL.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]", "[a$.\"'\\\\\\[\\]* {}?]{1,4}", "[éß🦀0-9]{1,3}"]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        (-4000_i32..4000).prop_map(|n| json!(f64::from(n * 2 + 1) / 8.0)),
        "[a-z\"\\\\é🦀']{0,5}".prop_map(|s| json!(s)),
        Just(json!({ "a": 1 })),
        Just(json!([1, "b"])),
        Just(json!(12_345_678_901_234_567_890_u64)),
    ]
}

fn note() -> impl Strategy<Value = (Note, String)> {
    (key(), key(), value(), value(), any::<bool>()).prop_map(|(key, other, value, nested, there)| {
        let doc = json!({ &other: nested, &key: value, "in": { &key: value, "list": [value, nested] } });
        let note = Note {
            maybe: there.then(|| doc.clone()),
            ..Note::draft(doc, vec![])
        };
        (note, key)
    })
}

on_all! {
    async fn what_stands_at_a_path(db) {
        db.create_all::<Note>().await?;
        for (note, key) in samples(note(), if super::super::long() { 1000 } else { 60 }) {
            let note = Note::insert(note).one(db).await?;
            let key = key.as_str();
            let row = Note::find(note.id);
            let row = row.select((
                Note::doc.json_get(key),
                Note::maybe.json_get(("in", key)),
                Note::doc.json_get(("in", "list", 1_u32)),
                Note::doc.json_get("not there"),
                (Note::doc.json_text(key), Note::doc.json_f64(key), Note::doc.json_i64(key), Note::doc.json_bool(key)),
                (Note::doc.json_has_key(key), Note::doc.json_has_key("not there"), Note::maybe.json_has_key("in")),
            ));
            let row = row.one(db).await?;
            let here = &note.doc[key];
            let expected = (
                Some(here.clone()),
                note.maybe.as_ref().map(|doc| doc["in"][key].clone()),
                Some(note.doc["in"]["list"][1].clone()),
                None,
                (here.as_str().map(str::to_owned), here.as_f64(), here.as_i64(), here.as_bool()),
                (true, false, note.maybe.is_some()),
            );
            assert_eq!(row, expected, "of {key:?} in {}", note.doc);
        }
    }

    async fn documents_are_found_by_their_parts(db) {
        db.create_all::<Note>().await?;
        Note::insert([
            Note::draft(json!({ "kind": "a", "size": 3, "tags": ["x", "y"], "in": { "deep": true } }), vec![]),
            Note::draft(json!({ "kind": "b", "size": 12, "tags": ["y"] }), vec![]),
            Note::draft(json!(["a", 1]), vec![]),
        ])
        .exec(db)
        .await?;
        let ids = async |filter: Expr<Note, bool>| {
            Note::query().filter(filter).order_by(Note::id).select(Note::id).all(db).await.map(|ids| {
                ids.into_iter().map(|id| id.raw().expect("stored")).collect::<Vec<i64>>()
            })
        };
        assert_eq!(ids(Note::doc.json_text("kind").eq("b")).await?, [2]);
        assert_eq!(ids(Note::doc.json_i64("size").gt(5)).await?, [2]);
        assert_eq!(ids(Note::doc.json_contains(json!({ "tags": ["y"] }))).await?, [1, 2]);
        assert_eq!(ids(Note::doc.json_contains(json!({ "in": { "deep": true }, "kind": "a" }))).await?, [1]);
        assert_eq!(ids(Note::doc.json_contains(json!([1]))).await?, [3]);
        let none = Note::query().filter(Note::maybe.json_contains(json!(1))).count(db).await?;
        assert_eq!(none, 0);
    }

    async fn arrays_are_asked_for_values(db) {
        db.create_all::<Note>().await?;
        let words = ["a", "é\"\\", "[b, c]", "A", ""];
        let notes: Vec<Note> = (0..1 << words.len())
            .map(|bits: u32| {
                let chosen = (0..words.len()).filter(|i| bits & (1 << i) != 0);
                Note {
                    numbers: (!bits.is_multiple_of(3)).then(|| chosen.clone().map(|i| i as i64 * 10).collect()),
                    ..Note::draft(json!(null), chosen.map(|i| words[i].to_owned()).collect())
                }
            })
            .collect();
        Note::insert(notes.clone()).exec(db).await?;
        for (i, word) in words.into_iter().enumerate() {
            let number = i as i64 * 10;
            let rows = Note::query()
                .order_by(Note::id)
                .select((
                    Note::words.array_contains(word),
                    Note::words.array_length(),
                    Note::numbers.array_contains(number),
                    Note::numbers.array_length(),
                ))
                .all(db)
                .await?;
            for (note, row) in notes.iter().zip(rows) {
                let length = |n: usize| i64::try_from(n).expect("few");
                let expected = (
                    note.words.iter().any(|w| w == word),
                    length(note.words.len()),
                    note.numbers.as_ref().map(|all| all.contains(&number)),
                    note.numbers.as_ref().map(|all| length(all.len())),
                );
                assert_eq!(row, expected, "{word:?} in {note:?}");
            }
        }
    }
}
