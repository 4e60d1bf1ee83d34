//! Keys that lead to no row, and rows of which there should be one and are several.

use orm_core::prelude::*;

use super::super::on_all;
use super::Reads;

/// Something that has an owner, or had.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "owners", has_many(things: Thing), has_one(only: Thing), has_one(emblem: Emblem))]
pub struct Owner {
    pub id: Id<Owner>,
    pub name: String,
}

/// Its keys, one of which the database does not hold.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "things")]
pub struct Thing {
    pub id: Id<Thing>,
    pub owner_id: Id<Owner>,
    #[orm(no_constraint)]
    pub maker_id: Id<Owner>,
    pub buyer_id: Option<Id<Owner>>,
}

/// One for each, which the database holds.
#[derive(Debug, Clone, PartialEq, Model)]
#[orm(table = "emblems")]
pub struct Emblem {
    pub id: Id<Emblem>,
    #[orm(unique)]
    pub owner_id: Id<Owner>,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Owner)]
struct Name {
    name: String,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Thing)]
struct Owned {
    owner: Name,
}

#[derive(Debug, PartialEq, Projection)]
#[orm(of = Thing)]
struct Made {
    maker: Option<Name>,
}

/// Rows whose owner is gone although the database should have held it: the rule is taken away.
async fn orphans(db: &Db) -> Result<(Id<Owner>, Id<Owner>)> {
    db.create_all::<(Owner, Thing, Emblem)>().await?;
    let owners = Owner::insert(["a", "b"].map(Owner::draft)).keys(db).await?;
    let (here, gone) = (owners[0], owners[1]);
    let things = [
        (here, here, Some(here)),
        (gone, gone, None),
        (here, gone, Some(gone)),
    ];
    let things = things.map(|(owner_id, maker_id, buyer_id)| Thing {
        id: Id::new(),
        owner_id,
        maker_id,
        buyer_id,
    });
    Thing::insert(things).exec(db).await?;
    let (off, delete, on): (&[&str], &str, &[&str]) = match db.dialect() {
        Dialect::Sqlite => (
            &["PRAGMA foreign_keys = OFF"],
            "DELETE FROM owners WHERE name = 'b'",
            &["PRAGMA foreign_keys = ON"],
        ),
        Dialect::Postgres => (
            &[
                "ALTER TABLE things DROP CONSTRAINT fk_things_owner_id",
                "ALTER TABLE things DROP CONSTRAINT fk_things_buyer_id",
            ],
            "DELETE FROM owners WHERE name = 'b'",
            &[],
        ),
        _ => (
            &["SET foreign_key_checks = 0"],
            "DELETE FROM owners WHERE name = 'b'",
            &["SET foreign_key_checks = 1"],
        ),
    };
    // Settings are those of one connection.
    db.with_connection(async |connection| {
        for text in off {
            sql(*text).exec(connection).await?;
        }
        sql(delete).exec(connection).await?;
        for text in on {
            sql(*text).exec(connection).await?;
        }
        Ok(())
    })
    .await?;
    Ok((here, gone))
}

on_all! {
    async fn a_key_that_must_lead_to_a_row_is_an_error_after_a_second_attempt(db) {
        let (_, gone) = orphans(db).await?;
        let reads = Reads::of(db);
        let e = Thing::query().with(Thing::owner.selectin()).order_by(Thing::id).all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table(), e.key()), (ErrorKind::NotFound, Some("owners"), Some(gone.to_string().as_str())), "{e}");
        assert!(e.to_string().contains("a `Thing` refers by `owner` to a `Owner` that is not there"), "{e}");
        let sent = reads.take();
        // The two in one statement the second time, which sees one moment.
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert!(!sent[0].sql.contains("JOIN") && sent[1].sql.contains(r#"FROM "owners""#) && sent[2].sql.contains("JOIN"), "{sent:?}");
        // By a join at once, no row is dropped in silence, either.
        let e = Thing::query().with(Thing::owner).order_by(Thing::id).all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table(), e.key()), (ErrorKind::NotFound, Some("owners"), Some(gone.to_string().as_str())), "{e}");
        // Nor beneath others: the owner who is there has a thing that one who is gone has bought.
        let owners = Owner::query().with(Owner::things.with(Thing::owner)).all(db).await?;
        assert_eq!(owners[0].things.len(), 2);
        for load in [Thing::buyer.joined(), Thing::buyer.selectin()] {
            let e = Owner::query().with(Owner::things.with(load)).all(db).await.unwrap_err();
            assert_eq!((e.kind(), e.key()), (ErrorKind::NotFound, Some(gone.to_string().as_str())), "{e}");
        }
        let e = Thing::query().project::<Owned>().all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table()), (ErrorKind::NotFound, Some("owners")), "{e}");
        assert_eq!(Thing::query().project::<Made>().all(db).await?.iter().filter(|thing| thing.maker.is_none()).count(), 2);
        let e = Thing::query().with(Thing::buyer).all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table()), (ErrorKind::NotFound, Some("owners")), "{e}");
        let e = Thing::query().with(Thing::buyer.selectin()).all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table()), (ErrorKind::NotFound, Some("owners")), "{e}");
    }

    async fn a_key_that_the_database_does_not_hold_is_an_option(db) {
        let (here, gone) = orphans(db).await?;
        let reads = Reads::of(db);
        let things = Thing::query().with(Thing::maker).order_by(Thing::id).all(db).await?;
        let makers: Vec<Option<Id<Owner>>> = things.iter().map(|t| t.maker.as_ref().map(|m| m.id)).collect();
        assert_eq!(makers, [Some(here), None, None]);
        assert!(things.iter().skip(1).all(|t| t.maker_id == gone));
        assert_eq!(reads.count(), 1);
        assert_eq!(things, Thing::query().with(Thing::maker.selectin()).order_by(Thing::id).all(db).await?);
        assert_eq!(reads.count(), 2);
        assert_eq!(Thing::maker.load_one(&*things[2], db).await?, None);
    }

    async fn one_row_where_there_are_two_is_an_error(db) {
        let (here, _) = orphans(db).await?;
        let reads = Reads::of(db);
        // Nothing in the model says that there is one only, so that it is not joined.
        let e = Owner::query().with(Owner::only.joined()).all(db).await.unwrap_err();
        assert_eq!((e.kind(), e.table()), (ErrorKind::MoreThanOne, Some("things")), "{e}");
        assert!(e.to_string().contains("`Owner::only` leads to more than one `Thing`"), "{e}");
        assert_eq!(reads.count(), 2);
        Thing::delete().filter(Thing::maker_id.ne(here)).exec(db).await?;
        let owners = Owner::query().with(Owner::only.with(Thing::owner)).with(Owner::emblem).all(db).await?;
        assert_eq!(owners[0].only.as_ref().map(|thing| thing.owner.id), Some(here));
        assert_eq!(owners[0].emblem, None);
        // Only what is unique is joined.
        assert_eq!(reads.count(), 2);
        let id = Emblem::insert(Emblem::draft(here)).one(db).await?.id;
        let owner = Owner::find(here).with(Owner::emblem).one(db).await?;
        assert_eq!(owner.emblem.map(|emblem| emblem.id), Some(id));
    }
}
