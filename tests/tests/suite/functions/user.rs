//! Functions of the database that a program declares.

use orm_core::prelude::*;

use super::super::on_all;
use super::{Fact, texts};

sql_function! {
    /// The first text that is not empty.
    fn nullif(a: String, b: String) -> Option<String>;
    fn sign(n: i32) -> f64;
    fn magnitude(n: i32) -> i32 = "ABS";
    fn total(d: Decimal) -> Decimal = "ABS";
}

#[test]
fn a_declared_function_in_every_dialect() {
    assert_eq!(
        texts::<Fact, _>(|| (nullif(Fact::text, "x"), magnitude(Fact::number - 1))),
        [
            r#"nullif("facts"."text", ?), ABS(("facts"."number" - ?))"#,
            r#"nullif("facts"."text", $1), ABS(("facts"."number" - $2))"#,
            "nullif(`facts`.`text`, ?), ABS((`facts`.`number` - ?))",
        ]
    );
    let decimal = Fact::query().select(total(Fact::amount));
    assert!(decimal.to_sql(Dialect::Postgres).text().is_ok());
    let refused = decimal.to_sql(Dialect::Sqlite);
    assert_eq!(refused.text().expect_err("scaled").kind(), ErrorKind::Unsupported);
}

on_all! {
    async fn declared_functions_compute(db) {
        db.create_all::<Fact>().await?;
        Fact::insert(Fact { text: "x".to_owned(), number: -4, ..Fact::plain() }).exec(db).await?;
        let row: (Option<String>, Option<String>, f64, i32) = Fact::query()
            .filter(magnitude(Fact::number).gt(3))
            .order_by(sign(Fact::number).asc())
            .select((nullif(Fact::text, "x"), nullif(Fact::text, "y"), sign(Fact::number), magnitude(Fact::number)))
            .one(db)
            .await?;
        assert_eq!(row, (None, Some("x".to_owned()), -1.0, 4));
    }
}
