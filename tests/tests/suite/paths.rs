//! Columns of other models along relations: in queries, updates and deletes, with scopes.

use orm_core::assert_statements;
use orm_core::prelude::*;
use tests::book::{Author, Book, BookTag, Category, Product, Rating, Review, Sale, Tag, prepare};

use super::on_all;

/// A shop's department, which may close and is one tenant's.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "departments", soft_delete = closed_at, tenant = tenant_id)]
#[orm(has_many(workers: Worker), has_one(plan: Plan))]
pub struct Department {
    pub id: Id<Department>,
    pub tenant_id: i64,
    pub name: String,
    pub closed_at: Option<DateTime<Utc>>,
}

/// Somebody who works in one, and may help in another.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "workers", soft_delete = left_at)]
pub struct Worker {
    pub id: Id<Worker>,
    pub name: String,
    pub department_id: Id<Department>,
    pub helps_id: Option<Id<Department>>,
    pub left_at: Option<DateTime<Utc>>,
}

/// What it is going to do.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "plans")]
pub struct Plan {
    pub id: Id<Plan>,
    #[orm(unique)]
    pub department_id: Id<Department>,
    #[orm(precision = 10, scale = 2)]
    pub budget: Decimal,
}

async fn titles(query: orm_core::query::Query<Book>, db: &Db) -> Result<Vec<String>> {
    query.order_by(Book::title).select(Book::title).all(db).await
}

async fn library(db: &Db) -> Result<()> {
    prepare(db).await?;
    let wells = Author::insert(Author::draft("H. G. Wells")).one(db).await?;
    let nobody = Author::insert(Author::draft("Nobody")).one(db).await?;
    assert_ne!(wells.id, nobody.id);
    let machine = Book::insert(Book::draft("The Time Machine", wells.id))
        .one(db)
        .await?;
    let emma = Book::find_by(Book::title, "Emma").one(db).await;
    // The title is not unique: it is found by a filter.
    let emma = match emma {
        Ok(emma) => emma,
        Err(e) => return Err(e),
    };
    Review::insert([
        Review::draft(emma.id, "ann", Rating::Good),
        Review::draft(emma.id, "bob", Rating::Poor),
        Review {
            content: Some("yes".into()),
            ..Review::draft(machine.id, "ann", Rating::Good)
        },
    ])
    .exec(db)
    .await?;
    let [classic, travel] = ["classic", "travel"].map(Tag::draft);
    Tag::insert([classic.clone(), travel.clone()]).exec(db).await?;
    BookTag::insert([
        BookTag {
            book_id: emma.id,
            tag_id: classic.id,
        },
        BookTag {
            book_id: machine.id,
            tag_id: classic.id,
        },
        BookTag {
            book_id: machine.id,
            tag_id: travel.id,
        },
    ])
    .exec(db)
    .await?;
    Ok(())
}

on_all! {
    async fn a_path_is_one_join_however_often_it_is_used(db) {
        library(db).await?;
        let rows = assert_statements!(db, {
            Book::query()
                .filter(Book::author.get(Author::name).starts_with("H."))
                .filter(Book::author.get(Author::bio).is_null())
                .order_by(Book::author.get(Author::name).desc())
                .select((Book::title, Book::author.get(Author::name)))
                .all(db)
                .await?
        },
            sqlite: [r#"SELECT "books"."title", t1."name" FROM "books" JOIN "authors" AS t1 ON t1."id" = "books"."author_id" WHERE t1."name" GLOB ? AND t1."bio" IS NULL ORDER BY t1."name" DESC"#],
            postgres: [r#"SELECT "books"."title", t1."name" FROM "books" JOIN "authors" AS t1 ON t1."id" = "books"."author_id" WHERE t1."name" LIKE $1 ESCAPE '!' AND t1."bio" IS NULL ORDER BY t1."name" DESC"#],
            mysql: ["SELECT `books`.`title`, t1.`name` FROM `books` JOIN `authors` AS t1 ON t1.`id` = `books`.`author_id` WHERE t1.`name` LIKE ? ESCAPE '!' AND t1.`bio` IS NULL ORDER BY t1.`name` DESC"],
        );
        assert_eq!(rows, [("The Time Machine".to_owned(), "H. G. Wells".to_owned())]);
        let nested = Review::query()
            .filter(Review::book.get(Book::author.get(Author::name)).eq("Jane Austen"))
            .order_by(Review::reviewer_name)
            .select((Review::reviewer_name, Review::book.get(Book::title), Review::book.get(Book::author.get(Author::name))))
            .all(db)
            .await?;
        assert_eq!(nested.len(), 2);
        assert_eq!(nested[1], ("bob".to_owned(), "Emma".to_owned(), "Jane Austen".to_owned()));
        let count = Review::query().filter(Review::book.get(Book::published_year).gt(1800)).count(db).await?;
        assert_eq!(count, 2);
        assert!(Review::query().filter(Review::book.get(Book::title).eq("Emma")).exists(db).await?);
    }

    async fn a_key_that_may_be_null_leads_to_null(db) {
        db.create_all::<Category>().await?;
        let root = Category::insert(Category::draft("all")).one(db).await?;
        let child = Category { parent_id: Some(root.id), ..Category::draft("books") };
        Category::insert(child).exec(db).await?;
        let rows: Vec<(String, Option<String>)> = Category::query()
            .order_by(Category::name)
            .select((Category::name, Category::parent.get(Category::name)))
            .all(db)
            .await?;
        assert_eq!(rows, [("all".to_owned(), None), ("books".to_owned(), Some("all".to_owned()))]);
        // The condition is about the parent, and a row without one does not satisfy it.
        assert_eq!(Category::query().filter(Category::parent.get(Category::name).ne("x")).count(db).await?, 1);
        assert_eq!(Category::query().filter(Category::parent.exists()).count(db).await?, 1);
        assert_eq!(Category::query().filter(Category::children.exists()).one(db).await?.name, "all");
        let grand = Category::query()
            .filter(Category::children.any(Category::parent.get(Category::name).eq("all")))
            .one(db)
            .await?;
        assert_eq!(grand.name, "all");
    }

    async fn questions_about_collections_keep_the_number_of_rows(db) {
        library(db).await?;
        let emma = assert_statements!(db, {
            titles(Book::query().filter(Book::reviews.any(Review::reviewer_name.is_not_null())), db).await?
        },
            sqlite: [r#"SELECT "books"."title" FROM "books" WHERE EXISTS (SELECT 1 FROM "reviews" AS t1 WHERE t1."book_id" = "books"."id" AND t1."reviewer_name" IS NOT NULL) ORDER BY "books"."title""#],
            postgres: [r#"SELECT "books"."title" FROM "books" WHERE EXISTS (SELECT 1 FROM "reviews" AS t1 WHERE t1."book_id" = "books"."id" AND t1."reviewer_name" IS NOT NULL) ORDER BY "books"."title""#],
            mysql: ["SELECT `books`.`title` FROM `books` WHERE EXISTS (SELECT 1 FROM `reviews` AS t1 WHERE t1.`book_id` = `books`.`id` AND t1.`reviewer_name` IS NOT NULL) ORDER BY `books`.`title`"],
        );
        assert_eq!(emma, ["Emma", "The Time Machine"]);
        let good = |b: orm_core::query::Query<Book>| b.filter(Book::reviews.every(Review::rating.eq(Rating::Good)));
        assert_eq!(titles(good(Book::query()), db).await?, ["Persuasion", "Sanditon", "The Time Machine"]);
        let read = good(Book::query()).filter(Book::reviews.exists());
        assert_eq!(titles(read, db).await?, ["The Time Machine"]);
        assert_eq!(titles(Book::query().filter(Book::reviews.none(None::<Expr<Review, bool>>)), db).await?, ["Persuasion", "Sanditon"]);
        // An unknown condition is not satisfied: no content is not "yes".
        let yes = Book::reviews.every(Review::content.eq("yes"));
        assert_eq!(titles(Book::query().filter(yes).filter(Book::reviews.exists()), db).await?, ["The Time Machine"]);
        let deep = Author::query().filter(Author::books.any(Book::reviews.any(Review::rating.eq(Rating::Poor))));
        assert_eq!(deep.one(db).await?.name, "Jane Austen");
        let mixed = Author::books.any(Book::tags.any(Tag::label.eq("travel")).and(Book::author.get(Author::name).contains("Wells")));
        assert_eq!(Author::query().filter(mixed).one(db).await?.name, "H. G. Wells");
    }

    async fn many_to_many_goes_through_the_join_table(db) {
        library(db).await?;
        let counts: Vec<(String, i64)> = assert_statements!(db, {
            Book::query()
                .filter(Book::tags.any(Tag::label.eq("classic")))
                .order_by(Book::tags.count().desc())
                .select((Book::title, Book::tags.count()))
                .all(db)
                .await?
        },
            sqlite: [r#"SELECT "books"."title", (SELECT COUNT(*) FROM "book_tags" AS t2 JOIN "tags" AS t1 ON t1."id" = t2."tag_id" WHERE t2."book_id" = "books"."id") FROM "books" WHERE EXISTS (SELECT 1 FROM "book_tags" AS t4 JOIN "tags" AS t3 ON t3."id" = t4."tag_id" WHERE t4."book_id" = "books"."id" AND t3."label" = ?) ORDER BY (SELECT COUNT(*) FROM "book_tags" AS t6 JOIN "tags" AS t5 ON t5."id" = t6."tag_id" WHERE t6."book_id" = "books"."id") DESC"#],
            postgres: [r#"SELECT "books"."title", (SELECT COUNT(*) FROM "book_tags" AS t2 JOIN "tags" AS t1 ON t1."id" = t2."tag_id" WHERE t2."book_id" = "books"."id") FROM "books" WHERE EXISTS (SELECT 1 FROM "book_tags" AS t4 JOIN "tags" AS t3 ON t3."id" = t4."tag_id" WHERE t4."book_id" = "books"."id" AND t3."label" = $1) ORDER BY (SELECT COUNT(*) FROM "book_tags" AS t6 JOIN "tags" AS t5 ON t5."id" = t6."tag_id" WHERE t6."book_id" = "books"."id") DESC"#],
            mysql: ["SELECT `books`.`title`, (SELECT COUNT(*) FROM `book_tags` AS t2 JOIN `tags` AS t1 ON t1.`id` = t2.`tag_id` WHERE t2.`book_id` = `books`.`id`) FROM `books` WHERE EXISTS (SELECT 1 FROM `book_tags` AS t4 JOIN `tags` AS t3 ON t3.`id` = t4.`tag_id` WHERE t4.`book_id` = `books`.`id` AND t3.`label` = ?) ORDER BY (SELECT COUNT(*) FROM `book_tags` AS t6 JOIN `tags` AS t5 ON t5.`id` = t6.`tag_id` WHERE t6.`book_id` = `books`.`id`) DESC"],
        );
        assert_eq!(counts, [("The Time Machine".to_owned(), 2), ("Emma".to_owned(), 1)]);
    }

    async fn aggregates_of_collections_and_groups_by_paths(db) {
        library(db).await?;
        let authors: Vec<(String, i64, Option<i32>, Option<f64>)> = Author::query()
            .order_by(Author::name)
            .select((
                Author::name,
                Author::books.count_where(Book::published_year.lt(1900)),
                Author::books.max(Book::published_year),
                Author::books.avg(Book::published_year),
            ))
            .all(db)
            .await?;
        assert_eq!(authors[1], ("Jane Austen".to_owned(), 2, Some(1925), Some(5557.0 / 3.0)));
        assert_eq!(authors[2], ("Nobody".to_owned(), 0, None, None));
        let top: Vec<(String, Option<f64>)> = Sale::query()
            .group_by((Sale::product.get(Product::id), Sale::product.get(Product::name)))
            .having((Sale::sale_price * Sale::quantity).sum().gt(100.0))
            .select((Sale::product.get(Product::name), (Sale::sale_price * Sale::quantity).sum().named("revenue")))
            .order_by(output("revenue").desc())
            .limit(10)
            .all(db)
            .await?;
        assert_eq!(top, [("Lamp".to_owned(), Some(109.5))]);
        let sold = Product::query().filter(Product::sales.sum(Sale::quantity).ge(3)).one(db).await?;
        assert_eq!(sold.name, "Lamp");
    }

    async fn writes_reach_other_tables_by_subqueries(db) {
        library(db).await?;
        let n = Book::update()
            .set(Book::published_year, 1895)
            .filter(Book::author.get(Author::name).eq("H. G. Wells"))
            .exec(db)
            .await?;
        assert_eq!(n, 1);
        let n = Sale::update()
            .set(Sale::sale_price, Sale::product.get(Product::price))
            .filter(Sale::quantity.gt(1))
            .exec(db)
            .await?;
        assert_eq!(n, 1);
        let prices = Sale::query().order_by(Sale::id).select(Sale::sale_price).all(db).await?;
        assert_eq!(prices, [39.5, 39.5]);
        let n = assert_statements!(db, {
            Author::delete().filter(Author::books.none(None::<Expr<Book, bool>>)).exec(db).await?
        },
            sqlite: [r#"DELETE FROM "authors" WHERE NOT EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = "authors"."id")"#],
            postgres: [r#"DELETE FROM "authors" WHERE NOT EXISTS (SELECT 1 FROM "books" AS t1 WHERE t1."author_id" = "authors"."id")"#],
            mysql: ["DELETE FROM `authors` WHERE NOT EXISTS (SELECT 1 FROM `books` AS t1 WHERE t1.`author_id` = `authors`.`id`)"],
        );
        assert_eq!(n, 1);
        // A path back to the table that is changed.
        let root = Category::insert(Category::draft("all")).one(db).await?;
        Category::insert(Category { parent_id: Some(root.id), ..Category::draft("books") }).exec(db).await?;
        let n = Category::update().set(Category::name, "below all").filter(Category::parent.get(Category::name).eq("all")).exec(db).await?;
        assert_eq!(n, 1);
        assert_eq!(Category::delete().filter(Category::parent.exists()).exec(db).await?, 1);
        let refused = Category::delete().filter(Category::parent.exists()).to_sql(Dialect::MySql);
        assert!(refused.text().unwrap_err().to_string().contains("read the keys first"));
    }

    async fn rows_under_lock_are_those_of_the_query(db) {
        library(db).await?;
        db.transaction(async |tx| {
            let books = Book::query().filter(Book::author.get(Author::name).eq("Jane Austen")).for_update().all(tx).await?;
            assert_eq!(books.len(), 3);
            Ok(())
        })
        .await?;
    }

    async fn scopes_hold_along_paths(db) {
        db.create_all::<(Department, Worker, Plan)>().await?;
        let (one, two) = (db.tenant(1), db.tenant(2));
        let make = |name| Department { tenant_id: 1, ..Department::draft(1, name) };
        let toys = Department::insert(make("toys")).one(&one).await?;
        let food = Department::insert(make("food")).one(&one).await?;
        let far = Department::insert(Department::draft(2, "far")).one(&two).await?;
        Worker::insert([
            Worker { helps_id: Some(food.id), ..Worker::draft("ann", toys.id) },
            Worker { left_at: Some(Utc::now()), ..Worker::draft("bob", toys.id) },
            Worker::draft("eve", far.id),
        ])
        .exec(db)
        .await?;
        Plan::insert(Plan::draft(toys.id, Decimal::new(1050, 2))).exec(db).await?;
        // Without a tenant nothing is sent.
        assert_statements!(db, {
            for e in [
                Worker::query().filter(Worker::department.get(Department::name).eq("toys")).all(db).await.unwrap_err(),
                Worker::query().order_by(Worker::helps.get(Department::name).asc()).all(db).await.unwrap_err(),
                Worker::update().set(Worker::name, "x").filter(Worker::department.exists()).exec(db).await.unwrap_err(),
                Worker::delete().filter(Worker::department.exists()).exec(db).await.unwrap_err(),
            ] {
                assert!(e.to_string().contains("db.tenant"), "{e}");
            }
        }, []);
        let names = |db: Db| async move {
            Worker::query().order_by(Worker::name).select((Worker::name, Worker::department.get(Department::name).coalesce("-"))).all(&db).await
        };
        let dash = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(names(one.clone()).await?, [dash("ann", "toys"), dash("eve", "-")]);
        assert_eq!(names(two.clone()).await?, [dash("ann", "-"), dash("eve", "far")]);
        let all = Worker::query().all_tenants().order_by(Worker::name).select(Worker::department.get(Department::name)).all(db).await?;
        assert_eq!(all, ["toys", "far"]);
        // Who has left is not counted, and what is closed is gone from paths that may lead to nothing; a certain one shows it.
        let workers = |db: Db| async move {
            Department::query().order_by(Department::name).select((Department::name, Department::workers.count())).all(&db).await
        };
        assert_eq!(workers(one.clone()).await?, [("food".to_owned(), 0), ("toys".to_owned(), 1)]);
        Department::delete().filter(Department::id.is_in([toys.id, food.id])).exec(&one).await?;
        let ann = Worker::query().filter(Worker::name.eq("ann"));
        let shown = ann.clone().select((Worker::department.get(Department::name), Worker::helps.get(Department::name))).one(&one).await?;
        assert_eq!(shown, ("toys".to_owned(), None));
        assert_eq!(ann.filter(Worker::helps.exists()).count(&one).await?, 0);
        // Decimals keep their scale, and `has_one` may lead to nothing.
        let budgets: Vec<Option<Decimal>> = Department::query().with_deleted().order_by(Department::name).select(Department::plan.get(Plan::budget)).all(&one).await?;
        assert_eq!(budgets, [None, Some(Decimal::new(1050, 2))]);
        let rich = Department::query().with_deleted().filter(Department::plan.get(Plan::budget).gt(Decimal::new(105, 1)));
        assert_eq!(rich.count(&one).await?, 0);
    }
}
