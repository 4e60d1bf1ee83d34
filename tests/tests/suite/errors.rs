//! Errors: what they name, and what they never print.

use orm_core::prelude::*;
use tests::book::{Author, Book, prepare};

use super::on_all;

on_all! {
    async fn violations_name_columns_and_never_values(db) {
        prepare(db).await?;
        let secret = "Jane Austen";
        let e = Author::insert(Author::draft(secret)).exec(db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.is_constraint_violation() && !e.is_retryable());
        assert!(e.violates(Author::name));
        assert!(!e.violates(Author::bio));
        assert_eq!(e.table(), Some("authors"));
        for text in [e.to_string(), format!("{e:?}"), format!("{e:#?}")] {
            assert!(!text.contains(secret), "{text}");
        }

        let e = sql("INSERT INTO books (title, author_id, version, added_at) VALUES (NULL, 1, 1, '2026-01-01 00:00:00')")
            .exec(db)
            .await
            .unwrap_err();
        assert_eq!(e.kind(), ErrorKind::NotNull);
        assert!(e.violates(Book::title), "{e:?}");

        let e = Book::insert(Book { published_year: Some(-5), ..Book::draft("x", Id::from(1)) })
            .exec(db)
            .await
            .unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check);

        let e = Book::insert(Book::draft("x", Id::from(999))).exec(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::ForeignKey);

        let e = sql("SELEC 1").exec(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Database);
        assert!(e.code().is_some());
        let e = sql("SELECT * FROM nowhere").exec(db).await.unwrap_err();
        assert!(e.to_string().contains("nowhere"), "{e}");
    }

    async fn a_number_that_does_not_fit_names_its_column(db) {
        prepare(db).await?;
        let e = sql("SELECT id, 3000000000 AS stock FROM products").all_as::<(i64, i32)>(db).await.unwrap_err();
        assert_eq!((e.kind(), e.columns()), (ErrorKind::Decode, &["stock".to_owned()][..]));
        assert!(e.to_string().contains("outside the range of `i32`"), "{e}");
        let e = sql("SELECT NULL AS name FROM products").all_as::<(String,)>(db).await.unwrap_err();
        assert!(e.to_string().contains("use `Option`"), "{e}");
        let e = sql("SELECT name FROM products").all_as::<(i64,)>(db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn urls_and_passwords_are_not_printed() {
    for url in [
        "postgres://user:hunter2@127.0.0.1:1/db",
        "mysql://user:hunter2@127.0.0.1:1/db",
        "oracle://user:hunter2@127.0.0.1/db",
        "postgres://user:hunter2@:::bad/db?sslmode=what",
    ] {
        let e = Db::builder(url)
            .acquire_timeout(secs(2))
            .connect()
            .await
            .expect_err("no such server");
        let text = format!("{e} {e:?}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}
