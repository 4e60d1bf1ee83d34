//! `With<Book, (book_rel::author, book_rel::reviews)>`: the type of a loaded row by the names of its relations.

use super::load::{Extent, Partial};
use crate::model::{Attach, Marker, Relation, RelationOf, Relations, Table};
use crate::value::Part;

/// A row of `M` with the relations in the tuple loaded, in whatever order they were: for the signatures of functions. It
/// does not change when the model gains a relation.
///
/// One relation needs a comma, `With<Book, (book_rel::author,)>`; what is loaded with related rows stands in theirs,
/// `With<Author, (author_rel::books<(book_rel::reviews,)>,)>`; a load with a filter or a limit is `Part<author_rel::books>`, one
/// by `with_if` is `Option<author_rel::books>`.
///
/// ```
/// # use orm_core::prelude::*;
/// # #[derive(Model)] #[orm(table = "authors")] struct Author { id: Id<Author>, name: String }
/// # #[derive(Model)] #[orm(table = "books", has_many(reviews: Review))]
/// # struct Book { id: Id<Book>, title: String, author_id: Id<Author> }
/// # #[derive(Model)] #[orm(table = "reviews")] struct Review { id: Id<Review>, book_id: Id<Book> }
/// fn page(book: &With<Book, (book_rel::author, book_rel::reviews)>) -> String {
///     format!("{} by {}: {} reviews", book.title, book.author.name, book.reviews.len())
/// }
/// # async fn f(db: Db) -> Result<()> {
/// let book = Book::find(1).with(Book::reviews).with(Book::author).one(&db).await?;
/// println!("{}", page(&book));
/// # Ok(()) }
/// ```
pub type With<M, P> = <<P as Names>::List as Named<M>>::Value;

/// A tuple of relations' names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tuple of relations",
    label = "write `(book_rel::author, book_rel::reviews)`; one alone needs a comma: `(book_rel::author,)`"
)]
pub trait Names {
    /// The same, one after the other.
    type List;
}

/// Relations that can be loaded with `M`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be loaded with a `{M}`",
    label = "expected relations of `{M}`, each once"
)]
pub trait Named<M> {
    /// The row with them.
    type Value;
}

/// Relations that are attached one after the other.
pub trait NamedSteps<M> {
    /// The row with them.
    type With;
}

/// The name of one load.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relation of `{M}`",
    label = "expected a relation of `{M}`"
)]
pub trait NamedLoad<M> {
    /// The relation.
    type Relation: Relation;
    /// What is loaded.
    type Value;
}

impl Names for () {
    type List = ();
}

impl<M: Table> Named<M> for () {
    type Value = M;
}

impl<M: Relations> NamedSteps<M> for () {
    type With = M::Bare;
}

#[diagnostic::do_not_recommend]
impl<M, P, N> Named<M> for (P, N)
where
    (P, N): NamedSteps<M>,
{
    type Value = <(P, N) as NamedSteps<M>>::With;
}

impl<M, P: NamedSteps<M>, N: NamedLoad<M>> NamedSteps<M> for (P, N)
where
    P::With: Attach<N::Relation, N::Value>,
{
    type With = <P::With as Attach<N::Relation, N::Value>>::With;
}

/// The related row that a name stands for, with what is loaded with it.
type Nested<N> =
    <<<N as Marker>::Nested as Names>::List as Named<<<N as Marker>::Relation as Relation>::To>>::Value;

impl<M, N: Marker> NamedLoad<M> for N
where
    N::Relation: RelationOf<M>,
    N::Nested: Names,
    <N::Nested as Names>::List: Named<<N::Relation as Relation>::To, Value: Send + 'static>,
{
    type Relation = N::Relation;
    type Value = <N::Relation as Relation>::Loaded<Nested<N>>;
}

#[diagnostic::do_not_recommend]
impl<M, N: Marker> NamedLoad<M> for Part<N>
where
    N::Relation: RelationOf<M>,
    N::Nested: Names,
    <N::Nested as Names>::List: Named<<N::Relation as Relation>::To, Value: Send + 'static>,
{
    type Relation = N::Relation;
    type Value = <Partial as Extent<N::Relation>>::Of<Nested<N>>;
}

#[diagnostic::do_not_recommend]
impl<M, N: NamedLoad<M>> NamedLoad<M> for Option<N> {
    type Relation = N::Relation;
    type Value = Option<N::Value>;
}

macro_rules! names {
    (($($n:ident),*) $list:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($n),*> Names for ($($n,)*) {
            type List = $list;
        }
    };
    ($(($($n:ident),*) $list:ty;)*) => { $(names!(($($n),*) $list);)* };
}

names! {
    (A) ((), A);
    (A, B) (((), A), B);
    (A, B, C) ((((), A), B), C);
    (A, B, C, D) (((((), A), B), C), D);
    (A, B, C, D, E) ((((((), A), B), C), D), E);
    (A, B, C, D, E, F) (((((((), A), B), C), D), E), F);
    (A, B, C, D, E, F, G) ((((((((), A), B), C), D), E), F), G);
    (A, B, C, D, E, F, G, H) (((((((((), A), B), C), D), E), F), G), H);
    (A, B, C, D, E, F, G, H, I) ((((((((((), A), B), C), D), E), F), G), H), I);
    (A, B, C, D, E, F, G, H, I, J) (((((((((((), A), B), C), D), E), F), G), H), I), J);
    (A, B, C, D, E, F, G, H, I, J, K) ((((((((((((), A), B), C), D), E), F), G), H), I), J), K);
    (A, B, C, D, E, F, G, H, I, J, K, L) (((((((((((((), A), B), C), D), E), F), G), H), I), J), K), L);
}
