//! What a loaded row is to the code that has it: its fields, functions that take it, its JSON; and where loads run.

use orm_core::prelude::*;
use serde::Serialize;
use serde_json::{json, to_value};

use super::super::on_all;
use super::{Reads, Sent};

/// An account, and how it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "users", serialize, has_many(messages: Message), has_many(nicks: Nick.user_name -> name))]
pub struct User {
    pub id: Id<User>,
    #[orm(unique, case_insensitive, length = 40)]
    pub name: String,
}

/// A message, perhaps an answer to one.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "messages", serialize, has_many(answers: Message.answers_id))]
pub struct Message {
    pub id: Id<Message>,
    pub text: String,
    pub user_id: Id<User>,
    #[orm(relation = question)]
    pub answers_id: Option<Id<Message>>,
}

/// A name that somebody goes by; it refers to the user without regard to case.
#[derive(Debug, Clone, PartialEq, Serialize, Model)]
#[orm(table = "nicks", serialize)]
pub struct Nick {
    pub id: Id<Nick>,
    pub nick: String,
    #[orm(references = User::name, relation = user, case_insensitive, length = 40)]
    pub user_name: String,
}

/// Two users, and a chain of four messages.
async fn chat(db: &Db) -> Result<()> {
    db.create_all::<(User, Message, Nick)>().await?;
    let users = User::insert(["Ann", "bob"].map(User::draft)).keys(db).await?;
    let mut last = None;
    for (n, text) in ["a", "b", "c", "d"].into_iter().enumerate() {
        let message = Message {
            answers_id: last,
            ..Message::draft(text, users[n % 2])
        };
        last = Some(Message::insert(message).one(db).await?.id);
    }
    Ok(())
}

fn author_of(message: &impl Has<message_rel::user>) -> String {
    format!("{}: {}", message.related(Message::user).name, message.text)
}

fn how_many(user: &impl Has<user_rel::messages>) -> String {
    format!("{}: {}", user.name, user.related(User::messages).len())
}

fn texts(user: &With<User, (user_rel::messages,)>) -> Vec<&str> {
    user.messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}

on_all! {
    async fn fields_functions_and_names(db) {
        chat(db).await?;
        let message = Message::query().with(Message::user).order_by(Message::id).first(db).await?.expect("a message");
        assert_eq!(author_of(&message), "Ann: a");
        let more = Message::find(1).with(Message::answers.with(Message::user)).with(Message::user.selectin()).one(db).await?;
        assert_eq!(author_of(&more), "Ann: a");
        assert_eq!(author_of(&more.answers[0]), "bob: b");
        let answer = Message::find(2).with(Message::question.with(Message::user)).one(db).await?;
        let question: Option<&Message> = answer.related(Message::question);
        assert_eq!(question.map(|question| question.text.as_str()), Some("a"));
        let user = User::find(1).with(User::messages).one(db).await?;
        assert_eq!(texts(&user), ["a", "c"]);
        assert_eq!(how_many(&user), "Ann: 2");
        let lent: Vec<&Message> = user.related(User::messages);
        assert_eq!(lent.len(), 2);
        let plain: User = user.clone().into_model();
        assert_eq!(plain, *user);
        let mut changed = user.clone();
        changed.name = "Anna".into();
        assert!(changed != user && changed.messages == user.messages);
        // A part reads as a slice, and says what it is.
        let part = User::find(1).with(User::messages.limit_per_parent(1)).one(db).await?;
        let rows: &[Message] = &part.messages;
        assert_eq!((rows.len(), part.messages.first().map(|m| m.text.as_str()), part.messages.iter().count()), (1, Some("a"), 1));
        let named: With<User, (Part<user_rel::messages>,)> = part;
        let whole: Vec<Message> = named.messages.into_inner();
        assert_eq!(whole.len(), 1);
    }

    async fn a_relation_is_loaded_where_a_condition_holds(db) {
        chat(db).await?;
        let reads = Reads::of(db);
        for wanted in [true, false] {
            let users: Vec<With<User, (Option<user_rel::messages>,)>> =
                User::query().with_if(wanted, User::messages).order_by(User::id).all(db).await?;
            assert_eq!(users.iter().map(|u| u.messages.as_ref().map(Vec::len)).collect::<Vec<_>>(), [wanted.then_some(2), wanted.then_some(2)]);
            assert_eq!(reads.count(), 1 + usize::from(wanted));
            let both = Message::query()
                .with_if(!wanted, Message::user)
                .with_if(wanted, Message::question.with(Message::user))
                .with(Message::answers)
                .order_by(Message::id)
                .all(db)
                .await?;
            assert_eq!(both[1].user.as_ref().map(|u| u.name.as_str()), (!wanted).then_some("bob"));
            let question = both[1].question.as_ref().map(|q| q.as_ref().map(|q| q.user.name.as_str()));
            assert_eq!(question, wanted.then_some(Some("Ann")));
            assert_eq!(both[0].question.as_ref().map(Option::is_some), wanted.then_some(false));
            assert_eq!(both[0].answers.len(), 1);
            assert_eq!(reads.count(), 2);
        }
    }

    async fn as_json_what_was_not_loaded_is_left_out(db) {
        chat(db).await?;
        let user = json!({ "id": 1, "name": "Ann" });
        let row = User::query().with_if(false, User::messages).order_by(User::id).first(db).await?;
        assert_eq!(to_value(row).expect("JSON"), json!({ "id": 1, "name": "Ann", "messages": null }));
        let row = Message::find(2).with(Message::user).with(Message::question.with(Message::question)).one(db).await?;
        let expected = json!({
            "id": 2, "text": "b", "user_id": 2, "answers_id": 1,
            "user": { "id": 2, "name": "bob" },
            "question": { "id": 1, "text": "a", "user_id": 1, "answers_id": null, "question": null },
        });
        assert_eq!(to_value(&row).expect("JSON"), expected);
        let rows = Message::query()
            .with(Message::answers.with(Message::user).filter(Message::text.eq("b")))
            .filter(Message::id.le(2))
            .order_by(Message::id)
            .all(db)
            .await?;
        let answer = json!({ "id": 2, "text": "b", "user_id": 2, "answers_id": 1, "user": { "id": 2, "name": "bob" } });
        let expected = json!([
            { "id": 1, "text": "a", "user_id": 1, "answers_id": null, "answers": [answer] },
            { "id": 2, "text": "b", "user_id": 2, "answers_id": 1, "answers": [] },
        ]);
        assert_eq!(to_value(&rows).expect("JSON"), expected);
        assert_eq!(to_value(User::find(1).one(db).await?).expect("JSON"), user);
    }

    async fn three_levels_of_one_table(db) {
        chat(db).await?;
        let reads = Reads::of(db);
        let up = Message::query().with(Message::question.with(Message::question.with(Message::question))).order_by(Message::id.desc()).all(db).await?;
        let text = |m: Option<&Message>| m.map(|m| m.text.clone());
        let chain: Vec<[Option<String>; 3]> = up
            .iter()
            .map(|m| {
                let one = m.question.as_ref();
                let two = one.and_then(|m| m.question.as_ref());
                let three = two.and_then(|m| m.question.as_ref());
                [text(one.map(|m| &**m)), text(two.map(|m| &**m)), text(three)]
            })
            .collect();
        let row = |t: &str| { let mut t = t.chars().map(|c| Some(c.to_string())); [t.next().flatten(), t.next().flatten(), t.next().flatten()] };
        assert_eq!(chain, [row("cba"), row("ba"), row("a"), row("")]);
        assert_eq!(reads.count(), 1);
        let down = || Message::query().filter(Message::answers_id.is_null());
        let joined = down().with(Message::answers.with(Message::answers.with(Message::answers.joined()).joined()).joined()).all(db).await?;
        assert_eq!(joined[0].answers[0].answers[0].answers[0].text, "d");
        assert_eq!(reads.count(), 1);
        let apart = down().with(Message::answers.with(Message::answers.with(Message::answers))).all(db).await?;
        assert_eq!(reads.count(), 4);
        assert_eq!(joined, apart);
    }

    async fn text_keys_without_regard_to_case(db) {
        chat(db).await?;
        Nick::insert([("a", "ANN"), ("b", "Bob"), ("c", "ann"), ("d", "Ann")].map(|(nick, name)| Nick::draft(nick, name))).exec(db).await?;
        let reads = Reads::of(db);
        for nicks in [
            Nick::query().with(Nick::user).order_by(Nick::nick).all(db).await?,
            Nick::query().with(Nick::user.selectin()).order_by(Nick::nick).all(db).await?,
        ] {
            assert_eq!(nicks.iter().map(|n| n.user.name.as_str()).collect::<Vec<_>>(), ["Ann", "bob", "Ann", "Ann"]);
            assert_eq!(nicks[0].user_name, "ANN");
        }
        let sent = reads.take();
        assert_eq!((sent.len(), sent[2].rows), (3, Some(2)), "{sent:?}");
        for users in [
            User::query().with(User::nicks).order_by(User::id).all(db).await?,
            User::query().with(User::nicks.joined()).order_by(User::id).all(db).await?,
        ] {
            let found: Vec<Vec<&str>> = users.iter().map(|u| u.nicks.iter().map(|n| n.nick.as_str()).collect()).collect();
            assert_eq!(found, [vec!["a", "c", "d"], vec!["b"]]);
        }
        let first = User::query().with(User::nicks.order_by(Nick::nick).limit_per_parent(2)).order_by(User::id).all(db).await?;
        assert_eq!(first.iter().map(|u| u.nicks.len()).collect::<Vec<_>>(), [2, 1]);
    }

    async fn text_keys_meet_where_the_database_says_that_they_are_one(db) {
        db.create_all::<(User, Nick)>().await?;
        // SQLite knows the case of ASCII letters alone: to it these are two names.
        let names: &[&str] = if db.dialect() == Dialect::Sqlite { &["Éa", "éa"] } else { &["Éa"] };
        User::insert(names.iter().map(|name| User::draft(*name)).collect::<Vec<_>>()).exec(db).await?;
        let nicks = [("a", "ÉA"), ("b", "éA")].map(|(nick, name)| Nick::draft(nick, name));
        Nick::insert(nicks).exec(db).await?;
        let expected: &[&[&str]] = if names.len() == 2 { &[&["a"], &["b"]] } else { &[&["a", "b"]] };
        for users in [
            User::query().with(User::nicks).order_by(User::id).all(db).await?,
            User::query().with(User::nicks.joined()).order_by(User::id).all(db).await?,
        ] {
            let found: Vec<Vec<&str>> = users.iter().map(|u| u.nicks.iter().map(|n| n.nick.as_str()).collect()).collect();
            assert_eq!(found, expected);
        }
        let users = User::query().order_by(User::id).all(db).await?;
        let nicks = User::nicks.load_for(&users, db).await?;
        assert_eq!(nicks[&users[0].id].len(), expected[0].len());
        let back = Nick::query().with(Nick::user.selectin()).order_by(Nick::nick).all(db).await?;
        assert_eq!(back, Nick::query().with(Nick::user).order_by(Nick::nick).all(db).await?);
    }

    async fn a_load_in_a_transaction_uses_the_transaction(db) {
        chat(db).await?;
        let reads = Reads::of(db);
        let inside = db
            .transaction(async |tx| {
                Message::insert(Message::draft("new", 1)).exec(tx).await?;
                let user = User::find(1).with(User::messages.with(Message::user.selectin()).with(Message::answers)).with(User::nicks).one(tx).await?;
                assert_eq!(user.messages.len(), 3);
                // It waits for nobody else's connection.
                assert_eq!(tx.context().tenant, None);
                Ok(user)
            })
            .await?;
        let sent = reads.take();
        assert_eq!(sent.len(), 5);
        assert!(sent.iter().all(|one| one.in_transaction), "{sent:?}");
        assert_eq!(inside.messages.last().map(|m| m.text.as_str()), Some("new"));
        let outside = User::find(1).with(User::messages).one(db).await?;
        assert_eq!(outside.messages.len(), 3);
        // An observer sees each statement once, with its rows.
        let rows: Vec<(Option<u64>, bool)> = reads.take().iter().map(|Sent { rows, in_transaction, .. }| (*rows, *in_transaction)).collect();
        assert_eq!(rows, [(Some(1), false), (Some(3), false)]);
        let tagged = User::query().with(User::messages).tag("list").order_by(User::id).all(db).await?;
        assert_eq!(tagged.len(), 2);
        assert!(reads.take().iter().all(|sent| sent.sql.contains("list")));
    }
}
