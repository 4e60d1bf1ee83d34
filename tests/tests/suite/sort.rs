//! Orders that a request chooses from a list.

use orm_core::prelude::*;
use tests::book::{Product, prepare};

use super::on_all;

on_all! {
    async fn a_request_chooses_from_the_list(db) {
        prepare(db).await?;
        let sort = Sort::allow((
            ("price", Product::price),
            ("name", Product::name.lower().desc()),
            ("shelf", (Product::category, Product::stock.desc())),
        ));
        for (text, expected) in [
            ("price", ["Pen", "Lamp", "Desk"]),
            ("-price", ["Desk", "Lamp", "Pen"]),
            ("name", ["Pen", "Lamp", "Desk"]),
            (" -name ", ["Desk", "Lamp", "Pen"]),
            ("shelf", ["Lamp", "Desk", "Pen"]),
            ("-shelf, price", ["Pen", "Desk", "Lamp"]),
        ] {
            let names: Vec<String> =
                Product::query().order_by(sort.parse(text)?).select(Product::name).all(db).await?;
            assert_eq!(names, expected, "{text}");
        }
        assert!(sort.parse("")?.is_empty());
        let page = Product::query().order_by(sort.parse("-price")?).page_after(None, 1, db).await?;
        assert_eq!(page.items[0].name, "Desk");
    }
}

#[test]
fn what_is_not_in_the_list_is_refused() {
    let sort = Sort::allow([("price", Product::price), ("discount", Product::price)]);
    for text in [
        "cost",
        "price; DROP TABLE products",
        "--price",
        "price,,discount",
        "PRICE",
        "-",
        ",",
    ] {
        let e = sort.parse(text).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Invalid);
        assert!(e.to_string().contains("use price, discount"), "{e}");
    }
    let e = sort.parse(&"x".repeat(1000)).unwrap_err();
    assert!(e.to_string().len() < 120, "{e}");
    let e = sort.parse("price,-price").unwrap_err();
    assert!(e.to_string().contains("twice"), "{e}");
}

#[test]
fn nulls_stay_where_the_list_has_them() {
    use tests::book::Book;
    let sort = Sort::allow([("year", Book::published_year.asc().nulls_last())]);
    let text = |order: &str| {
        let query = Book::query().order_by(sort.parse(order).unwrap());
        query
            .to_sql(Dialect::Sqlite)
            .to_string()
            .split_once(" ORDER BY ")
            .unwrap()
            .1
            .to_owned()
    };
    assert_eq!(text("year"), r#""books"."published_year" NULLS LAST"#);
    assert_eq!(text("-year"), r#""books"."published_year" DESC"#);
}
