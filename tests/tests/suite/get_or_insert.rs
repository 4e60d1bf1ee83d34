//! A row that is there, or is inserted: by one task and by many at once.

use std::collections::HashSet;

use orm_core::assert_statements;
use orm_core::prelude::*;
use tests::book::{Account, Book, BookTag, Product, Tag, prepare};

use super::scopes::{Note, Shelf};
use super::{long, on_all};

/// Its slug stays taken by a row that is marked.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "slugs", soft_delete = deleted_at)]
struct Slug {
    id: Id<Slug>,
    #[orm(length = 20, unique)]
    text: String,
    deleted_at: Option<DateTime<Utc>>,
}

/// Two constraints, either of which may be meant.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "members")]
struct Member {
    id: Id<Member>,
    #[orm(length = 20, unique)]
    name: String,
    #[orm(length = 20, unique)]
    email: String,
}

on_all! {
    async fn it_is_inserted_once_and_found_after(db) {
        prepare(db).await?;
        let (first, created) = Tag::get_or_insert(Tag::draft("classic"), db).await?;
        assert!(created);
        let (again, created) = Tag::get_or_insert(Tag::draft("classic"), db).await?;
        assert_eq!((again, created), (first.clone(), false));
        let (same, created) = Tag::get_or_insert_by(Tag::label, Tag::draft("classic"), db).await?;
        assert_eq!((same, created), (first, false));
        // The stored row comes back, not the one that was given.
        let (account, created) = Account::get_or_insert(Account::draft("a", 3), db).await?;
        assert_eq!((account.balance, created), (500, false));
        let (account, created) = Account::get_or_insert(Account::draft("c", 3), db).await?;
        assert_eq!((account.balance, created, account.id.is_new()), (3, true, false));
        // Without a unique constraint it is the key.
        let book = Book::query().first(db).await?.expect("a book");
        let tag = Tag::query().one(db).await?;
        let link = BookTag { book_id: book.id, tag_id: tag.id };
        assert_eq!(BookTag::get_or_insert(link.clone(), db).await?, (link.clone(), true));
        assert_eq!(BookTag::get_or_insert(link.clone(), db).await?, (link, false));
    }

    async fn one_statement_for_a_new_row_and_two_for_one_that_is_there(db) {
        db.create_all::<Account>().await?;
        let new = assert_statements!(db, { Account::get_or_insert(Account::draft("x", 1), db).await? },
            sqlite: [r#"INSERT INTO "accounts" ("owner", "balance") VALUES (?, ?) ON CONFLICT ("owner") DO NOTHING RETURNING "id", "owner", "balance""#],
            postgres: [r#"INSERT INTO "accounts" ("owner", "balance") VALUES ($1, $2) ON CONFLICT ("owner") DO NOTHING RETURNING "id", "owner", "balance""#],
            mysql: ["INSERT INTO `accounts` (`owner`, `balance`) VALUES (?, ?) RETURNING `id`, `owner`, `balance`"],
        );
        assert!(new.1);
        let old = assert_statements!(db, { Account::get_or_insert(Account::draft("x", 2), db).await? },
            sqlite: [
                r#"INSERT INTO "accounts" ("owner", "balance") VALUES (?, ?) ON CONFLICT ("owner") DO NOTHING RETURNING "id", "owner", "balance""#,
                r#"SELECT "accounts"."id", "accounts"."owner", "accounts"."balance" FROM "accounts" WHERE "accounts"."owner" = ?"#,
            ],
            postgres: [
                r#"INSERT INTO "accounts" ("owner", "balance") VALUES ($1, $2) ON CONFLICT ("owner") DO NOTHING RETURNING "id", "owner", "balance""#,
                r#"SELECT "accounts"."id", "accounts"."owner", "accounts"."balance" FROM "accounts" WHERE "accounts"."owner" = $1"#,
            ],
            mysql: [
                "INSERT INTO `accounts` (`owner`, `balance`) VALUES (?, ?) RETURNING `id`, `owner`, `balance`",
                "SELECT `accounts`.`id`, `accounts`.`owner`, `accounts`.`balance` FROM `accounts` WHERE `accounts`.`owner` = ? LOCK IN SHARE MODE",
            ],
        );
        assert_eq!((old.0.balance, old.1), (1, false));
    }

    async fn of_many_at_once_one_inserts(db) {
        prepare(db).await?;
        for round in 0..if long() { 200 } else { 5 } {
            let label = format!("tag {round}");
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let (db, tag) = (db.clone(), Tag::draft(label.as_str()));
                    tokio::spawn(async move {
                        // Some of them in a transaction whose snapshot is older than the row.
                        if n % 2 == 0 {
                            return Tag::get_or_insert(tag, &db).await;
                        }
                        db.transaction(async |tx| {
                            Account::query().count(tx).await?;
                            Tag::get_or_insert(tag.clone(), tx).await
                        })
                        .await
                    })
                })
                .collect();
            let (mut ids, mut created) = (HashSet::new(), 0);
            for task in tasks {
                let (tag, new) = task.await.expect("no panic")?;
                assert_eq!(tag.label, label);
                ids.insert(tag.id);
                created += u32::from(new);
            }
            assert_eq!((ids.len(), created), (1, 1));
            assert_eq!(Tag::query().filter(Tag::label.eq(label.as_str())).count(db).await?, 1);
        }
    }

    async fn which_constraint_is_said_where_there_are_several(db) {
        db.create_all::<Member>().await?;
        let ada = || Member::draft("ada", "a@x");
        assert_statements!(db, {
            let e = Member::get_or_insert(ada(), db).await.unwrap_err();
            assert!(e.to_string().contains("get_or_insert_by"), "{e}");
            let e = Note::get_or_insert_by(Note::text, Note::draft("x"), db).await.unwrap_err();
            assert!(e.to_string().contains("no unique constraint"), "{e}");
            let e = Account::get_or_insert_by(Account::id, Account::draft("x", 1), db).await.unwrap_err();
            assert!(e.to_string().contains("the database makes it"), "{e}");
        }, []);
        assert!(Member::get_or_insert_by(Member::email, ada(), db).await?.1);
        assert!(!Member::get_or_insert_by(Member::email, Member::draft("other", "a@x"), db).await?.1);
        // It meets a row by the other constraint: that one is not what was asked for.
        let e = Member::get_or_insert_by(Member::email, Member::draft("ada", "b@x"), db).await.unwrap_err();
        assert!(e.is_unique_violation() && e.violates(Member::name), "{e}");
        assert_eq!(Member::query().count(db).await?, 1);
    }

    async fn a_hidden_row_is_never_given(db) {
        db.create_all::<(Slug, Shelf)>().await?;
        Slug::insert(Slug::draft("s")).exec(db).await?;
        Slug::delete().filter(Slug::text.eq("s")).exec(db).await?;
        let e = Slug::get_or_insert(Slug::draft("s"), db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Unique);
        assert!(e.to_string().contains("restore"), "{e}");
        Slug::restore().filter(Slug::text.eq("s")).exec(db).await?;
        assert!(!Slug::get_or_insert(Slug::draft("s"), db).await?.1);

        let (one, two) = (db.tenant(1), db.tenant(2));
        let shelf = |tenant, serial: &str| Shelf::draft(tenant, "s", serial, "text");
        let by = (Shelf::tenant_id, Shelf::slug);
        assert!(Shelf::get_or_insert_by(by, shelf(1, "x"), &one).await?.1);
        assert!(!Shelf::get_or_insert_by(by, shelf(1, "y"), &one).await?.1);
        assert!(Shelf::get_or_insert_by(by, shelf(2, "z"), &two).await?.1);
        let e = assert_statements!(db, {
            Shelf::get_or_insert_by(Shelf::serial, shelf(2, "x"), &two).await.unwrap_err()
        }, []);
        assert!(e.to_string().contains("another tenant"), "{e}");
    }

    async fn another_mistake_is_that_mistake(db) {
        prepare(db).await?;
        let e = Account::get_or_insert(Account::draft("poor", -1), db).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Check, "{e}");
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        let long = "x".repeat(200);
        let e = Product::get_or_insert(Product::draft(long, "home", f64::NAN, 1, day), db).await;
        assert!(e.is_err());
        assert_eq!(Account::query().count(db).await?, 2);
    }
}
