//! Functions of text, in characters and with NULL in, NULL out.

use orm_core::prelude::*;
use proptest::prelude::*;

use super::super::on_all;
use super::{Fact, samples, texts};

#[test]
fn text_functions_in_every_dialect() {
    assert_eq!(
        texts::<Fact, _>(|| (Fact::text.concat(" x").concat(Fact::note), Fact::text.right(2))),
        [
            r#"(("facts"."text" || ?) || "facts"."note"), substr("facts"."text", -?, ?)"#,
            r#"(("facts"."text" || $1) || "facts"."note"), RIGHT("facts"."text", $2)"#,
            "CONCAT(CONCAT(`facts`.`text`, ?), `facts`.`note`), RIGHT(`facts`.`text`, ?)",
        ]
    );
    assert_eq!(
        texts::<Fact, _>(|| (
            Fact::text.position("a"),
            Fact::text.lpad(5, '0'),
            Fact::text.substring(2, 3)
        )),
        [
            r#"instr("facts"."text", ?), orm_lpad("facts"."text", ?, ?), substr("facts"."text", ?, ?)"#,
            r#"STRPOS("facts"."text", $1), LPAD("facts"."text", $2, $3), SUBSTRING("facts"."text", $4, $5)"#,
            "LOCATE(?, `facts`.`text`), LPAD(`facts`.`text`, ?, ?), SUBSTRING(`facts`.`text`, ?, ?)",
        ]
    );
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abAB ]{0,8}",
        "[éÉßàa\u{301}🦀 %_']{0,6}",
        any::<String>().prop_map(|s| s.replace('\0', "").chars().take(12).collect()),
    ]
}

fn chars(text: &str, from: usize, len: usize) -> String {
    text.chars().skip(from).take(len).collect()
}

fn last(text: &str, len: usize) -> String {
    chars(text, text.chars().count().saturating_sub(len), len)
}

fn filled(text: &str, len: usize, fill: char, left: bool) -> String {
    let kept = chars(text, 0, len);
    let fill: String = std::iter::repeat_n(fill, len - kept.chars().count()).collect();
    if left { fill + &kept } else { kept + &fill }
}

fn position(text: &str, needle: &str) -> i64 {
    text.find(needle).map_or(0, |at| {
        i64::try_from(text[..at].chars().count()).expect("short") + 1
    })
}

on_all! {
    async fn text_functions_are_rusts(db) {
        db.create_all::<Fact>().await?;
        let facts: Vec<Fact> = samples((text(), proptest::option::of(text())), 120)
            .into_iter()
            .map(|(text, note)| Fact { text, note, ..Fact::plain() })
            .collect();
        Fact::insert(facts.clone()).exec(db).await?;
        let rounds = if super::super::long() { 400 } else { 25 };
        for (from, len, needle, fill) in samples((0_u32..8, 0_u32..9, text(), any::<char>()), rounds) {
            let fill = if fill == '\0' { 'é' } else { fill };
            let (from_0, len_0) = (from.saturating_sub(1) as usize, len as usize);
            let made = Fact::query()
                .order_by(Fact::id)
                .select((
                    Fact::text.substring(from, len),
                    Fact::text.left(len),
                    Fact::text.right(len),
                    Fact::text.lpad(len, fill),
                    Fact::text.rpad(len, fill),
                    Fact::text.replace(needle.as_str(), "<é>"),
                    Fact::text.position(needle.as_str()),
                    Fact::text.concat(needle.as_str()).concat(Fact::note),
                    Fact::note.ltrim(),
                    Fact::note.rtrim(),
                    Fact::note.trim().length(),
                ))
                .all(db)
                .await?;
            for (fact, made) in facts.iter().zip(made) {
                let (t, n) = (fact.text.as_str(), fact.note.as_deref());
                let replaced = if needle.is_empty() { t.to_owned() } else { t.replace(&needle, "<é>") };
                let expected = (
                    chars(t, from_0, len_0),
                    chars(t, 0, len_0),
                    last(t, len_0),
                    filled(t, len_0, fill, true),
                    filled(t, len_0, fill, false),
                    replaced,
                    position(t, &needle),
                    n.map(|n| format!("{t}{needle}{n}")),
                    n.map(|n| n.trim_start_matches(' ').to_owned()),
                    n.map(|n| n.trim_end_matches(' ').to_owned()),
                    n.map(|n| i64::try_from(n.trim_matches(' ').chars().count()).expect("short")),
                );
                assert_eq!(made, expected, "of {fact:?} with {from} {len} {needle:?} {fill:?}");
            }
        }
    }

    async fn text_functions_filter_and_order(db) {
        db.create_all::<Fact>().await?;
        for text in ["Straße", "strand", "Éa"] {
            Fact::insert(Fact { text: text.to_owned(), ..Fact::plain() }).exec(db).await?;
        }
        let found: Vec<String> = Fact::query()
            .filter(Fact::text.left(2).lower().eq("st"))
            .order_by(Fact::text.right(1).desc())
            .select(Fact::text)
            .all(db)
            .await?;
        assert_eq!(found, ["Straße", "strand"]);
        let missing: Option<String> = Fact::query()
            .filter(Fact::text.starts_with("É"))
            .select(Fact::note.concat("x"))
            .one(db)
            .await?;
        assert_eq!(missing, None);
    }
}
