//! Bad inputs in structure and in text: a value is never SQL, and comes back as it was.

use orm_core::exec::{Discard, Stmt};
use orm_core::value::Value;

use super::*;

/// What means something in SQL, in patterns, in JSON, in a shell or in HTML, and texts that trip Unicode code. All of
/// them are ordinary values.
const NASTY: &[&str] = &[
    "",
    " ",
    "' OR 1=1 --",
    "' OR '1'='1",
    "\" OR \"\"=\"",
    "'; DROP TABLE marks; --",
    "1; DROP TABLE marks",
    "'); DELETE FROM marks; --",
    "' UNION SELECT name FROM marks --",
    "' AND pg_sleep(5) --",
    "' AND SLEEP(5) #",
    "'||(SELECT 1)||'",
    "\\",
    "\\'",
    "\\\\' OR 1=1 #",
    "'\\''",
    "`; DROP TABLE marks; `",
    "$$; SELECT 1; $$",
    "$1",
    "$tag$",
    "?",
    ":name",
    "@@version",
    "{name}",
    "{{name}}",
    "{}",
    "/* comment",
    "*/ --",
    "-- ",
    "#",
    ";",
    "%",
    "_",
    "%%",
    "100%_\\!",
    "!",
    "!%!_!!",
    "[a-z]*",
    "*?[]",
    "(a+)+$",
    "NULL",
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "-0",
    "1e1000",
    "0x0",
    "1,000",
    "\t\r\n",
    "\r",
    "a\u{8}b\u{7f}",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{feff}byte order mark",
    "\u{202e}right to left",
    "\u{200f}\u{200b}\u{2060}",
    "שלום עולם",
    "مرحبا بالعالم",
    "田中さんにあげて下さい",
    "Ω≈ç√∫˜µ≤≥÷",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
    "\u{1f980}\u{10ffff}",
    "é",
    "e\u{301}",
    "ﬁ",
    "ſ",
    "İi\u{307}ı",
    "ß",
    "ẞ",
    "\\ud800",
    "&#39; &quot; %27 %00",
    "<script>alert('x')</script>",
    "{\"$ne\": null}",
    "a'))-- ",
    "$.\"x\"",
    "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}a\u{334}lgo",
    "\u{fffd}\u{fffe}",
    "trailing blank ",
    "../../etc/passwd",
];

/// A key of text, a name and a list, each of which may hold anything.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "texts", primary_key(word))]
pub struct Text {
    #[orm(length = 100)]
    pub word: String,
    #[orm(length = 100)]
    pub same: Option<String>,
    pub words: Vec<String>,
    pub json: serde_json::Value,
    pub bytes: Vec<u8>,
}

fn row(text: &str) -> Text {
    Text {
        word: text.into(),
        same: Some(text.into()),
        words: vec![text.into(), String::new()],
        json: serde_json::json!({ text: [text] }),
        bytes: text.as_bytes().to_vec(),
    }
}

on_all! {
    // B, and A in every place that takes a string.
    async fn texts_are_values_wherever_they_go(db) {
        assert!(NASTY.len() >= 60);
        db.create_all::<Text>().await?;
        let rows: Vec<Text> = NASTY.iter().map(|text| row(text)).collect();
        Text::insert(&rows).exec(db).await?;
        for expected in &rows {
            let text = expected.word.as_str();
            assert_eq!(&Text::find(text.to_owned()).one(db).await?, expected, "{text:?}");
            // The rows that a filter finds are those that Rust finds.
            type Matches = (fn(&str) -> Expr<Text, bool>, fn(&str, &str) -> bool);
            let matches: [Matches; 7] = [
                (|t| Text::word.eq(t), |w, t| w == t),
                (|t| Text::word.ne(t), |w, t| w != t),
                (|t| Text::same.eq(t), |w, t| w == t),
                (|t| Text::word.is_in([t, "none at all"]), |w, t| w == t),
                (|t| Text::word.contains(t), |w, t| w.contains(t)),
                (|t| Text::word.starts_with(t), |w, t| w.starts_with(t)),
                (|t| Text::word.ends_with(t), |w, t| w.ends_with(t)),
            ];
            for (n, (filter, oracle)) in matches.iter().enumerate() {
                let capture = Capture::attach(db);
                let found = Text::query().filter(filter(text)).count(db).await?;
                assert_eq!(capture.count(), 1);
                assert_eq!(found, rows.iter().filter(|r| oracle(&r.word, text)).count() as u64, "{n} with {text:?}");
            }
            // SQL of one's own: a parameter, and the hole of a fragment.
            let raw = sql("SELECT COUNT(*) FROM texts WHERE same = {text}").params(params! { text: text });
            assert_eq!(raw.all_as::<(i64,)>(db).await?[0].0, 1, "{text:?}");
            let hole = sql!("{same} = {text}", same = Text::same, text = text);
            assert_eq!(Text::query().filter(hole).count(db).await?, 1, "{text:?}");
            // Written again by update and upsert, where it is both key and value.
            assert_eq!(Text::update().set(Text::same, text).filter(Text::word.eq(text)).exec(db).await?, 1);
            Text::insert(row(text)).on_conflict(Text::word).do_update(Text::same).exec(db).await?;
        }
        assert_eq!(Text::query().count(db).await? as usize, NASTY.len());
        let stored = Text::query().all(db).await?;
        for text in &rows {
            assert!(stored.contains(text), "{:?}", text.word);
        }
        for text in NASTY {
            assert_eq!(Text::delete().filter(Text::word.eq(*text)).exec(db).await?, 1, "{text:?}");
        }
    }

    async fn empty_and_missing_stay_apart(db) {
        db.create_all::<Text>().await?;
        Text::insert([row(""), Text { same: None, ..row("none") }, row("NULL")]).exec(db).await?;
        let of = async |filter| Text::query().filter(filter).select(Text::word).all(db).await;
        assert_eq!(of(Text::same.is_null()).await?, ["none"]);
        assert_eq!(of(Text::same.eq("")).await?, [""]);
        assert_eq!(of(Text::same.eq("NULL")).await?, ["NULL"]);
        assert_eq!(of(Text::same.eq(None::<String>)).await?, ["none"]);
        let tenants = db.tenant("' OR 1=1 --");
        assert_eq!(Text::query().count(&tenants).await?, 3);
    }

    // Two forms of one letter are two keys, and neither is made into the other.
    async fn nothing_is_normalised(db) {
        db.create_all::<Text>().await?;
        let keys = ["é", "e\u{301}", "É", "e", "ﬁ", "fi", "FI", "ß", "ss", "x", "x ", "ｘ"];
        Text::insert(keys.map(row)).exec(db).await?;
        for key in keys {
            assert_eq!(Text::find(key.to_owned()).one(db).await?.word, key);
            let e = Text::insert(row(key)).exec(db).await.unwrap_err();
            assert!(e.is_unique_violation() && e.violates(Text::word), "{key}: {e}");
        }
        assert_eq!(Text::query().count(db).await? as usize, keys.len());
    }

    async fn nul_in_a_value_is_refused_or_kept(db) {
        db.create_all::<Text>().await?;
        let keeps = db.dialect().features().nul_in_text;
        let nul = "a\0b";
        let tx = db.begin().await?;
        Text::insert(row("mine")).exec(&tx).await?;
        let capture = Capture::attach(db);
        let mut answers = vec![
            ("insert", Text::insert(Text { json: serde_json::Value::Null, words: vec![], ..row(nul) }).exec(&tx).await.map(drop)),
            ("update", Text::update().set(Text::same, nul).filter(Text::word.eq("mine")).exec(&tx).await.map(drop)),
            ("filter", Text::query().filter(Text::word.eq(nul)).all(&tx).await.map(drop)),
            ("list", Text::query().filter(Text::word.is_in([nul, "x"])).all(&tx).await.map(drop)),
            ("pattern", Text::query().filter(Text::word.contains(nul)).all(&tx).await.map(drop)),
            ("raw", sql("SELECT {x}").params(params! { x: nul }).exec(&tx).await.map(drop)),
            ("hole", Text::query().filter(sql!("{x} = 'a'", x = nul)).all(&tx).await.map(drop)),
            ("key", Text::find(nul.to_owned()).optional(&tx).await.map(drop)),
            ("array", Text::insert(Text { words: vec![nul.into()], ..row("array") }).exec(&tx).await.map(drop)),
        ];
        if !keeps {
            assert_eq!(capture.take(), [""; 0]);
        }
        drop(capture);
        // A statement made by hand is refused where its parameters are written for the wire.
        let place = if db.dialect() == Dialect::Postgres { "SELECT $1" } else { "SELECT ?" };
        let stmt = Stmt::read(place, vec![Value::Text(nul.into())]);
        answers.push(("executor", tx.run(stmt, Box::new(Discard::default())).await.map(drop)));
        for (what, answer) in answers {
            match answer {
                Ok(()) => assert!(keeps, "{what}"),
                Err(e) => {
                    assert!(!keeps || what == "raw", "{what}: {e}");
                    assert_eq!(e.kind(), ErrorKind::Encode, "{what}: {e}");
                    if what == "insert" {
                        assert_eq!(e.columns(), ["word"]);
                    }
                }
            }
        }
        Text::update().set(Text::same, "still").filter(Text::word.eq("mine")).exec(&tx).await?;
        tx.commit().await?;
        assert_eq!(Text::find("mine".to_owned()).one(db).await?.same.as_deref(), Some("still"));
        if keeps {
            assert_eq!(Text::find(nul.to_owned()).one(db).await?.word, nul);
            assert_eq!(Text::query().filter(Text::word.starts_with("a\0")).count(db).await?, 1);
        }
    }

    async fn what_is_not_utf8_is_an_error(db) {
        db.create_all::<Text>().await?;
        let (select, usable) = match db.dialect() {
            Dialect::Sqlite => ("SELECT CAST(X'ff41' AS TEXT) AS word", true),
            Dialect::Postgres => ("SELECT convert_from('\\xff41', 'UTF8') AS word", false),
            _ => ("SELECT CAST(X'ff41' AS CHAR CHARACTER SET latin1) AS word", true),
        };
        let tx = db.begin().await?;
        match sql(select).all_as::<(String,)>(&tx).await {
            // MariaDB converts what it knows the encoding of.
            Ok(rows) => assert_eq!((db.dialect(), rows[0].0.as_str()), (Dialect::MariaDb, "ÿA")),
            Err(e) if usable => assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["word".to_owned()][..]), "{e}"),
            Err(e) => assert_eq!(e.code(), Some("22021"), "{e}"),
        }
        if usable {
            Text::insert(row("mine")).exec(&tx).await?;
            tx.commit().await?;
        }
        assert_eq!(sql("SELECT 1").exec(db).await?, 1);
    }
}

/// Names that would be SQL if they were not quoted.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "select \"x\"; DROP TABLE `marks`; --")]
pub struct Hostile {
    #[orm(column = "id\"; DROP TABLE marks;--")]
    pub id: Id<Hostile>,
    #[orm(column = "` OR 1=1 --", length = 40, unique)]
    pub group: String,
    #[orm(column = "Größe ?{x}'$1")]
    pub order: i32,
}

on_all! {
    async fn names_are_quoted(db) {
        marks(db).await?;
        db.create_all::<Hostile>().await?;
        let one = Hostile::insert(Hostile::draft("x", 1)).one(db).await?;
        Hostile::insert([Hostile::draft("y", 2), Hostile::draft("z", 3)]).exec(db).await?;
        assert_eq!(Hostile::find(one.id).one(db).await?, one);
        let found = Hostile::query()
            .filter(Hostile::order.gt(1).and(sql!("{o} < {n}", o = Hostile::order, n = 3)))
            .order_by(Hostile::group.desc())
            .all(db)
            .await?;
        assert_eq!(found.iter().map(|h| h.group.as_str()).collect::<Vec<_>>(), ["y"]);
        assert_eq!(Hostile::update().set(Hostile::order, Hostile::order + 1).filter(Hostile::group.eq("z")).exec(db).await?, 1);
        let grouped = Hostile::query().group_by(Hostile::group).select((Hostile::group, Hostile::order.sum()));
        assert_eq!(grouped.order_by(Hostile::group).all(db).await?.len(), 3);
        let e = Hostile::insert(Hostile::draft("x", 9)).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.violates(Hostile::group), "{e}");
        Hostile::insert(Hostile::draft("x", 9)).on_conflict(Hostile::group).do_update(Hostile::order).exec(db).await?;
        assert_eq!(Hostile::find(one.id).one(db).await?.order, 9);
        assert_eq!(Hostile::delete().filter(Hostile::order.ge(0)).exec(db).await?, 3);
        assert_eq!(names(db).await?, ["a", "b"]);
    }

    async fn patterns_of_ones_own_take_their_wildcards(db) {
        db.create_all::<Text>().await?;
        let words = ["50%", "50x", "5\\0", "50!", "a_b", "axb"];
        Text::insert(words.map(row)).exec(db).await?;
        let like = async |p: &str| Text::query().filter(Text::word.like(p)).order_by(Text::word).select(Text::word).all(db).await;
        assert_eq!(like("50%").await?.len(), 3);
        assert_eq!(like("a_b").await?, ["a_b", "axb"]);
        // A term that ends in an escape character is a term, not half a pattern.
        for term in ["50%", "5\\0", "50!", "a_b", "\\", "!", "%", "_"] {
            let found = Text::query().filter(Text::word.contains(term)).count(db).await?;
            assert_eq!(found, words.iter().filter(|w| w.contains(term)).count() as u64, "{term}");
            let found = Text::query().filter(Text::word.icontains(term)).count(db).await?;
            assert_eq!(found, words.iter().filter(|w| w.contains(term)).count() as u64, "{term}");
        }
    }
}
