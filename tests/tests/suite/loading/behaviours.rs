//! What the specification says of eager loading, with the statements.

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;
use orm_core::prelude::*;
use tests::book::{Author, Book, BookTag, Category, Rating, Review, Tag};

use super::super::on_all;
use super::Reads;

/// A copy that somebody has at home, of a book or of something that is no book.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "loans")]
pub struct Loan {
    pub id: Id<Loan>,
    pub reader: String,
    pub book_id: Option<Id<Book>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, DbType)]
pub struct Sku(pub String);

/// Something with a key of its own type.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "articles", has_many(offers: Offer))]
pub struct Article {
    #[orm(primary_key, length = 20)]
    pub sku: Sku,
    pub name: String,
}

/// What it costs somewhere.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "offers")]
pub struct Offer {
    pub id: Id<Offer>,
    pub article_id: Id<Article>,
    pub price: i32,
}

/// A member of a club, found by an address that is no key.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "members", has_many(letters: Letter.to_address -> address))]
pub struct Member {
    pub id: Id<Member>,
    #[orm(unique, length = 40)]
    pub address: String,
}

/// A letter to one.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "letters")]
pub struct Letter {
    pub id: Id<Letter>,
    #[orm(references = Member::address, relation = to, length = 40)]
    pub to_address: String,
}

/// So many authors with two books of two reviews each; book tags in both directions.
async fn library(db: &Db, authors: usize) -> Result<()> {
    db.create_all::<(Author, Book, Review, Tag, BookTag, Category, Loan)>()
        .await?;
    let names = (0..authors).map(|n| Author::draft(format!("author {n}")));
    let authors = Author::insert(names.collect::<Vec<_>>()).keys(db).await?;
    let books = authors
        .iter()
        .flat_map(|id| ["b", "a"].map(|title| Book::draft(title, *id)));
    let books = Book::insert(books.collect::<Vec<_>>()).keys(db).await?;
    let reviews = books
        .iter()
        .flat_map(|id| ["x", "y"].map(|name| Review::draft(*id, name, Rating::Good)));
    Review::insert(reviews.collect::<Vec<_>>()).exec(db).await?;
    let tags = Tag::insert(["old", "new"].map(Tag::draft)).keys(db).await?;
    let links = books.iter().flat_map(|book| {
        tags.iter().map(|tag| BookTag {
            book_id: *book,
            tag_id: *tag,
        })
    });
    BookTag::insert(links.collect::<Vec<_>>()).exec(db).await?;
    Ok(())
}

on_all! {
    async fn b21_two_levels_of_collections_are_three_statements(db) {
        library(db, 60).await?;
        let reads = Reads::of(db);
        for n in [1, 7, 60] {
            let query = Author::query().with(Author::books.with(Book::reviews)).order_by(Author::id).limit(n);
            let authors = query.all(db).await?;
            assert_eq!((reads.count(), authors.len() as u64), (3, n));
            assert!(authors.iter().all(|a| a.books.len() == 2 && a.books.iter().all(|b| b.reviews.len() == 2)));
        }
        let none = Author::query().with(Author::books.with(Book::reviews)).filter(Author::name.eq("nobody"));
        assert_eq!(none.clone().all(db).await?, []);
        assert_eq!(reads.count(), 1);
        assert_eq!(none.optional(db).await?, None);
        assert_eq!(reads.count(), 1);
        // A level without rows ends its branch.
        BookTag::delete().all_rows().exec(db).await?;
        Review::delete().all_rows().exec(db).await?;
        Book::delete().all_rows().exec(db).await?;
        let authors = Author::query().with(Author::books.with(Book::reviews).with(Book::author.selectin())).all(db).await?;
        assert_eq!((reads.count(), authors.len()), (2, 60));
    }

    async fn b22_keys_are_sent_once_and_null_sends_nothing(db) {
        library(db, 1).await?;
        let category = |name: &str, parent_id| Category { id: Id::new(), name: name.into(), parent_id };
        let a = Category::insert(category("a", None)).one(db).await?.id;
        let b = Category::insert(category("b", None)).one(db).await?.id;
        Category::insert([Some(a), Some(b), Some(a), None, Some(a)].map(|id| category("c", id))).exec(db).await?;
        let reads = Reads::of(db);
        let rows = Category::query().with(Category::parent.selectin()).order_by(Category::id).all(db).await?;
        let parents: Vec<Option<&str>> = rows.iter().map(|row| row.parent.as_ref().map(|p| p.name.as_str())).collect();
        assert_eq!(parents, [None, None, Some("a"), Some("b"), Some("a"), None, Some("a")]);
        let sent = reads.take();
        assert_eq!((sent.len(), sent[1].rows), (2, Some(2)), "{sent:?}");
        assert_eq!(sent[1].numbers(), [1, 2]);
        // The number of keys is not in the text.
        if db.dialect() != Dialect::MariaDb && db.dialect() != Dialect::MySql {
            assert_eq!(sent[1].params.len(), 1);
        }
        let tops = Category::query().with(Category::parent.selectin()).filter(Category::parent_id.is_null());
        assert!(tops.all(db).await?.iter().all(|row| row.parent.is_none()));
        assert_eq!(reads.count(), 1);
    }

    async fn b23_a_limit_is_of_the_rows_and_not_of_what_is_joined(db) {
        library(db, 5).await?;
        let reads = Reads::of(db);
        let query = Author::query().with(Author::books.joined()).order_by(Author::name.desc()).limit(2).offset(1);
        let authors = query.all(db).await?;
        assert_eq!(authors.iter().map(|a| (a.name.as_str(), a.books.len())).collect::<Vec<_>>(), [("author 3", 2), ("author 2", 2)]);
        let sent = reads.take();
        assert_eq!(sent.len(), 1);
        let sql = &sent[0].sql;
        assert!(sql.contains(r#"FROM (SELECT "authors".* FROM "authors" ORDER BY "authors"."name" DESC"#), "{sql}");
        assert_eq!(sql.matches("LIMIT").count(), 1, "{sql}");
        assert!(sql.find("LIMIT") < sql.find(" LEFT JOIN "), "{sql}");
        assert_eq!(sent[0].rows, Some(4));
        let books = Book::query().with(Book::author).order_by(Book::id).limit(3).all(db).await?;
        assert_eq!(books.len(), 3);
        let sent = reads.take();
        assert!(!sent[0].sql.contains("(SELECT"), "{sent:?}");
        assert!(sent[0].sql.contains(r#" FROM "books" LEFT JOIN "authors" AS "#), "{sent:?}");
        // A filter of a joined collection stands where it drops no row.
        let late = Author::query().with(Author::books.filter(Book::title.eq("a")).joined()).order_by(Author::id).all(db).await?;
        assert!(late.len() == 5 && late.iter().all(|a| a.books.len() == 1));
        let sent = reads.take();
        let on = sent[0].sql.split(" ON ").nth(1).expect("a condition");
        assert!(on.contains(r#""title" = "#) && !sent[0].sql.contains(" WHERE "), "{sent:?}");
        let none = Author::query().with(Author::books.filter(Book::title.eq("z")).joined()).limit(3).all(db).await?;
        assert!(none.len() == 3 && none.iter().all(|a| a.books.is_empty()));
    }

    async fn b24_a_row_beneath_one_that_is_not_there_drops_nothing(db) {
        library(db, 2).await?;
        let book = Book::query().order_by(Book::id).first(db).await?.expect("a book");
        Loan::insert([Loan { book_id: Some(book.id), ..Loan::draft("a") }, Loan::draft("b")]).exec(db).await?;
        let reads = Reads::of(db);
        let loans = Loan::query().with(Loan::book.with(Book::author)).order_by(Loan::id).all(db).await?;
        let authors: Vec<Option<&str>> = loans.iter().map(|l| l.book.as_ref().map(|b| b.author.name.as_str())).collect();
        assert_eq!(authors, [Some("author 0"), None]);
        assert_eq!(reads.count(), 1);
        let deep = Loan::query().with(Loan::book.with(Book::author.with(Author::books.joined()))).order_by(Loan::id).all(db).await?;
        assert_eq!(deep[0].book.as_ref().map(|b| b.author.books.len()), Some(2));
        assert_eq!((deep[1].book.as_ref().map(|b| b.id), deep.len(), reads.count()), (None, 2, 1));
    }

    async fn b25_two_joined_collections_do_not_multiply_rows(db) {
        library(db, 3).await?;
        let reads = Reads::of(db);
        let books = Book::query().with(Book::reviews.joined()).with(Book::tags.joined()).order_by(Book::id).all(db).await?;
        assert!(books.len() == 6 && books.iter().all(|b| b.reviews.len() == 2 && b.tags.len() == 2));
        let sent = reads.take();
        assert_eq!(sent.iter().map(|s| s.rows).collect::<Vec<_>>(), [Some(12), Some(12)]);
        assert!(sent[0].sql.contains("reviews") && !sent[0].sql.contains("tags"), "{sent:?}");
        // Nor do two in different branches.
        let query = Book::query().with(Book::author.with(Author::books.joined())).with(Book::reviews.joined());
        let books = query.order_by(Book::id).all(db).await?;
        assert!(books.len() == 6 && books.iter().all(|b| b.reviews.len() == 2 && b.author.books.len() == 2));
        assert_eq!(reads.take().iter().map(|s| s.rows).collect::<Vec<_>>(), [Some(12), Some(12)]);
        // A chain does not, either.
        let query = Author::query().with(Author::books.with(Book::reviews.joined()).with(Book::tags.joined()).joined());
        let authors = query.order_by(Author::id).all(db).await?;
        assert!(authors.iter().flat_map(|a| &a.books).all(|b| b.reviews.len() == 2 && b.tags.len() == 2));
        assert_eq!(reads.take().iter().map(|s| s.rows).collect::<Vec<_>>(), [Some(12), Some(12)]);
    }

    async fn b26_each_row_has_the_first_of_its_own(db) {
        library(db, 4).await?;
        let mut more = Vec::new();
        for (n, author) in Author::query().order_by(Author::id).all(db).await?.iter().enumerate() {
            more.extend((0..n).map(|i| Book { published_year: Some(1900 + i as i32), ..Book::draft(format!("t{}", i % 2), author.id) }));
        }
        Book::insert(more).exec(db).await?;
        let whole = Author::query().with(Author::books.order_by((Book::title.desc(), Book::id.desc()))).order_by(Author::id).all(db).await?;
        let reads = Reads::of(db);
        for (limit, offset) in [(2_u64, 0_u64), (1, 1), (3, 2), (0, 0), (9, 4)] {
            let query = Author::query().with(
                Author::books
                    .order_by(Book::title.desc())
                    .limit_per_parent(limit)
                    .order_by(Book::id.desc())
                    .offset_per_parent(offset),
            );
            let parts = query.order_by(Author::id).all(db).await?;
            for (part, whole) in parts.iter().zip(&whole) {
                let wanted: Vec<&Book> = whole.books.iter().skip(offset as usize).take(limit as usize).collect();
                assert_eq!(part.books.iter().collect::<Vec<_>>(), wanted);
            }
            assert_eq!(reads.count(), 2);
        }
        // One row alone needs no window.
        let one = Author::query().with(Author::books.limit_per_parent(1)).order_by(Author::id.desc()).limit(1).all(db).await?;
        assert_eq!(one[0].books.len(), 1);
        let sent = reads.take();
        assert!(sent[1].sql.contains(" LIMIT ") && !sent[1].sql.contains("ROW_NUMBER"), "{sent:?}");
        // Filters are of the targets of a join table, before they are counted.
        let tagged = Book::query().with(Book::tags.filter(Tag::label.eq("new")).limit_per_parent(1)).limit(3).order_by(Book::id).all(db).await?;
        assert!(tagged.iter().all(|b| b.tags.len() == 1 && b.tags[0].label == "new"));
        let behind = Book::query().with(Book::tags.filter(Tag::label.ne("new")).joined()).limit(3).order_by(Book::id).all(db).await?;
        assert!(behind.iter().all(|b| b.tags.len() == 1 && b.tags[0].label == "old"));
        // In its own order, and always the same: by key.
        let ordered = Author::query().with(Author::books).order_by(Author::id).all(db).await?;
        assert!(ordered.iter().all(|a| a.books.is_sorted_by_key(|b| b.id)));
        let joined = Author::query().with(Author::books.joined()).order_by(Author::id).all(db).await?;
        assert_eq!(ordered, joined);
    }

    async fn b27_a_join_table_is_read_once(db) {
        library(db, 2).await?;
        let reads = Reads::of(db);
        let books = Book::query().with(Book::tags.order_by(Tag::label)).order_by(Book::id).all(db).await?;
        assert!(books.len() == 4 && books.iter().all(|b| b.tags.iter().map(|t| t.label.as_str()).eq(["new", "old"])));
        let sent = reads.take();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[1].sql.matches(r#""book_tags""#).count(), 1, "{sent:?}");
        let joined = Book::query().with(Book::tags.order_by(Tag::label).joined()).order_by(Book::id).all(db).await?;
        assert_eq!(books, joined);
        let sent = reads.take();
        assert_eq!((sent.len(), sent[0].sql.matches(r#""book_tags""#).count()), (1, 1), "{sent:?}");
        let limited = Book::query().with(Book::tags.limit_per_parent(5)).order_by(Book::id).all(db).await?;
        assert!(limited.iter().all(|b| b.tags.len() == 2));
        let sent = reads.take();
        assert_eq!((sent.len(), sent[1].sql.matches(r#""book_tags""#).count()), (2, 1), "{sent:?}");
    }

    async fn b28_keys_of_a_type_of_ones_own(db) {
        db.create_all::<(Article, Offer)>().await?;
        let skus = ["b", "a", "A", "ä", ""];
        Article::insert(skus.map(|sku| Article { sku: Sku(sku.into()), name: sku.into() })).exec(db).await?;
        let offers = skus.iter().enumerate().flat_map(|(n, sku)| {
            (0..n).map(|price| Offer::draft(Sku((*sku).to_owned()), price as i32))
        });
        Offer::insert(offers.collect::<Vec<_>>()).exec(db).await?;
        let reads = Reads::of(db);
        let articles = Article::query().with(Article::offers).order_by(Article::sku).all(db).await?;
        let found: Vec<(&str, usize)> = articles.iter().map(|a| (a.name.as_str(), a.offers.len())).collect();
        assert_eq!(found, [("", 4), ("A", 2), ("a", 1), ("b", 0), ("ä", 3)]);
        assert_eq!(reads.count(), 2);
        let offers = Offer::query().with(Offer::article.selectin()).all(db).await?;
        assert!(offers.iter().all(|o| o.article_id == Id::from(o.article.sku.clone())));
        assert_eq!((offers.len(), reads.take()[1].rows), (10, Some(4)));
        assert_eq!(articles, Article::query().with(Article::offers.joined()).order_by(Article::sku).all(db).await?);
    }

    async fn b30_a_key_to_a_unique_column_that_is_not_the_primary_key(db) {
        db.create_all::<(Member, Letter)>().await?;
        Member::insert(["a@x", "b@x"].map(Member::draft)).exec(db).await?;
        Letter::insert(["b@x", "b@x", "a@x"].map(Letter::draft)).exec(db).await?;
        let reads = Reads::of(db);
        let members = Member::query().with(Member::letters.with(Letter::to)).order_by(Member::id).all(db).await?;
        assert_eq!(members.iter().map(|m| m.letters.len()).collect::<Vec<_>>(), [1, 2]);
        assert!(members.iter().all(|m| m.letters.iter().all(|l| l.to == **m)));
        assert_eq!(reads.count(), 2);
        let apart = Member::query().with(Member::letters.with(Letter::to.selectin()).joined()).order_by(Member::id).all(db).await?;
        assert_eq!(members, apart);
        assert_eq!(reads.count(), 2);
        // The key is read for the load where a projection of the rows does not have it.
        let letters = Letter::query().with(Letter::to.with(Member::letters.limit_per_parent(1))).order_by(Letter::id).all(db).await?;
        assert_eq!(letters.iter().map(|l| l.to.letters[0].id == l.id).collect::<Vec<_>>(), [true, false, true]);
    }

    async fn b31_a_stream_loads_each_chunk_with_one_statement_for_each_relation(db) {
        library(db, 1_205).await?;
        let reads = Reads::of(db);
        let query = || Book::query().with(Book::author.selectin()).with(Book::reviews.joined()).with(Book::tags);
        let whole = query().order_by(Book::id).all(db).await?;
        assert_eq!(reads.count(), 3);
        let streamed: Vec<_> = query().order_by(Book::id).stream(db).try_collect().await?;
        assert_eq!(whole, streamed);
        // 2410 rows are three chunks.
        assert_eq!(reads.count(), 9);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b56_nested_loads_end_on_a_pool_of_one_connection() {
    for target in orm_core::testing::databases() {
        let pool = PoolOptions::new().size(1).acquire_timeout(secs(30));
        let test = orm_core::testing::TestDb::fresh_with(&target, |builder| builder.pool(pool)).await;
        let test = test.expect("a database");
        let db = test.db();
        library(db, 20).await.expect("a library");
        let tasks = (0..16).map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let authors = Author::query()
                    .with(
                        Author::books
                            .with(Book::reviews)
                            .with(Book::tags)
                            .with(Book::author.selectin()),
                    )
                    .order_by(Author::id)
                    .limit(n + 1)
                    .all(&db)
                    .await?;
                let books = Book::query()
                    .with(Book::reviews)
                    .with(Book::tags)
                    .all(&db)
                    .await?;
                let complete = authors.iter().all(|a| {
                    a.books.len() == 2 && a.books.iter().all(|b| b.reviews.len() == 2 && b.tags.len() == 2)
                });
                Ok::<_, Error>((authors.len() as u64 == n + 1 && complete, books.len()))
            })
        });
        let ended = tokio::time::timeout(secs(60), try_join_all(tasks)).await;
        for task in ended.expect("no load waits for ever").expect("no panic") {
            assert_eq!(task.expect("a load"), (true, 40), "on {target}");
        }
        assert_eq!(db.pool_stats().in_use, 0, "on {target}");
        test.cleanup().await.expect("a database less");
    }
}
