//! The methods of a joined query that take closures, for two to four models.

use super::{Joined, Lateral};
use crate::expr::ast::JoinKind;
use crate::expr::{Expr, Inner, IntoFilter, IntoOrder, Left, Member, Scope, Side, SideOf};
use crate::model::Table;
use crate::query::{Query, Selectable, Selected};
use crate::value::FromRow;

impl<A: Table> Query<A> {
    /// Each row beside each row of `B` for which the condition holds: `JOIN .. ON ..`. The closure is lent a handle for
    /// each side; `get` makes an expression of the join of any column or expression of its model. Where a relation leads
    /// to `B`, its `get` and `any` need no join.
    ///
    /// Rows of `B` that are soft-deleted or another tenant's are not joined.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, name: String, category: String, price: f64 }
    /// # #[derive(Model)] #[orm(table = "promotions")]
    /// # struct Promotion { id: Id<Promotion>, category: String, percent: i64 }
    /// let query = Product::query()
    ///     .join::<Promotion>(|product, promo| promo.get(Promotion::category).eq(product.get(Product::category)))
    ///     .filter(|_, promo| promo.get(Promotion::percent).gt(10))
    ///     .select(|product, promo| (product.get(Product::name), promo.get(Promotion::percent)));
    /// assert_eq!(
    ///     query.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"products\".\"name\", t1.\"percent\" FROM \"products\" \
    ///      JOIN \"promotions\" AS t1 ON t1.\"category\" = \"products\".\"category\" \
    ///      WHERE t1.\"percent\" > $1    [10]"
    /// );
    /// ```
    pub fn join<B: Table>(
        self,
        on: impl FnOnce(
            Side<(Inner<A>, Inner<B>), A>,
            Side<(Inner<A>, Inner<B>), B>,
        ) -> Expr<(Inner<A>, Inner<B>), bool>,
    ) -> Joined<(Inner<A>, Inner<B>)> {
        let on = on(Side::at(0), Side::at(1)).into_node();
        Joined::new(self, B::table(), JoinKind::Inner, Some(on))
    }

    /// Each row beside each row of `B` for which the condition holds, or alone where there is none:
    /// `LEFT JOIN .. ON ..`. What is read of `B` is an `Option`.
    ///
    /// Rows of `B` that are soft-deleted or another tenant's are not joined; the row beside them stays.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Debug, Clone, PartialEq, Model)] #[orm(table = "products")]
    /// # struct Product { id: Id<Product>, #[orm(unique, length = 40)] name: String, category: String }
    /// # #[derive(Debug, Clone, PartialEq, Model)] #[orm(table = "promotions")]
    /// # struct Promotion { id: Id<Promotion>, category: String, percent: i64 }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
    /// # let db = Db::connect("sqlite::memory:").await?;
    /// # db.create_all::<(Product, Promotion)>().await?;
    /// # Product::insert([Product::draft("Lamp", "home"), Product::draft("Pen", "office")]).exec(&db).await?;
    /// # Promotion::insert(Promotion::draft("home", 10)).exec(&db).await?;
    /// let pairs: Vec<(Product, Option<Promotion>)> = Product::query()
    ///     .order_by(Product::name)
    ///     .left_join::<Promotion>(|product, promo| promo.get(Promotion::category).eq(product.get(Product::category)))
    ///     .all(&db)
    ///     .await?;
    /// assert_eq!(pairs[0].1.as_ref().map(|promo| promo.percent), Some(10));
    /// assert_eq!(pairs[1].1, None);
    /// # Ok(()) }
    /// ```
    pub fn left_join<B: Table>(
        self,
        on: impl FnOnce(
            SideOf<(Inner<A>, Left<B>), Inner<A>>,
            SideOf<(Inner<A>, Left<B>), Left<B>>,
        ) -> Expr<(Inner<A>, Left<B>), bool>,
    ) -> Joined<(Inner<A>, Left<B>)> {
        let on = on(Side::at(0), Side::at(1)).into_node();
        Joined::new(self, B::table(), JoinKind::Left, Some(on))
    }

    /// Each row beside each row of `B` for which the condition holds, and the rows of both that have none:
    /// `FULL JOIN .. ON ..`. What is read of either is an `Option`.
    ///
    /// On PostgreSQL, and on SQLite from 3.39 on. MySQL and MariaDB have no full join: the query's last call is an
    /// `Unsupported` error there, before anything is sent. PostgreSQL takes only conditions with an equality between the
    /// two sides in them.
    pub fn full_join<B: Table>(
        self,
        on: impl FnOnce(
            SideOf<(Left<A>, Left<B>), Left<A>>,
            SideOf<(Left<A>, Left<B>), Left<B>>,
        ) -> Expr<(Left<A>, Left<B>), bool>,
    ) -> Joined<(Left<A>, Left<B>)> {
        let on = on(Side::at(0), Side::at(1)).into_node();
        Joined::new(self, B::table(), JoinKind::Full, Some(on))
    }

    /// Each row beside each row of `B`: `CROSS JOIN ..`.
    pub fn cross_join<B: Table>(self) -> Joined<(Inner<A>, Inner<B>)> {
        Joined::new(self, B::table(), JoinKind::Cross, None)
    }

    /// Some rows of `B` for each row, such as the newest two; a row without any is left out: `JOIN LATERAL (..)`.
    ///
    /// The closure is lent the same handles as that of [`join`](Query::join), and says by [`lateral`](super::lateral())
    /// which rows are taken.
    ///
    /// On PostgreSQL and MySQL. SQLite and MariaDB have no lateral joins: the query's last call is an `Unsupported` error
    /// there, before anything is sent.
    ///
    /// ```
    /// # use orm_core::prelude::*;
    /// # #[derive(Model)] #[orm(table = "books")]
    /// # struct Book { id: Id<Book>, title: String }
    /// # #[derive(Model)] #[orm(table = "reviews")]
    /// # struct Review { id: Id<Review>, book_id: Id<Book>, text: String }
    /// use orm_core::query::lateral;
    ///
    /// let newest = Book::query()
    ///     .join_lateral::<Review>(|book, review| {
    ///         lateral(review.get(Review::book_id).eq(book.get(Book::id)))
    ///             .order_by(review.get(Review::id).desc())
    ///             .limit(2)
    ///     })
    ///     .select(|book, review| (book.get(Book::title), review.get(Review::text)));
    /// assert_eq!(
    ///     newest.to_sql(Dialect::Postgres).to_string(),
    ///     "SELECT \"books\".\"title\", t1.\"text\" FROM \"books\" JOIN LATERAL (\
    ///      SELECT t2.* FROM \"reviews\" AS t2 WHERE t2.\"book_id\" = \"books\".\"id\" \
    ///      ORDER BY t2.\"id\" DESC LIMIT 2) AS t1 ON TRUE"
    /// );
    /// ```
    pub fn join_lateral<B: Table>(
        self,
        rows: impl FnOnce(
            SideOf<(Inner<A>, Inner<B>), Inner<A>>,
            SideOf<(Inner<A>, Inner<B>), Inner<B>>,
        ) -> Lateral<(Inner<A>, Inner<B>)>,
    ) -> Joined<(Inner<A>, Inner<B>)> {
        let rows = rows(Side::at(0), Side::at(1));
        Joined::beside(self, B::table(), JoinKind::Inner, rows)
    }

    /// Some rows of `B` for each row, such as the newest two, or the row alone where there are none:
    /// `LEFT JOIN LATERAL (..)`. See [`join_lateral`](Query::join_lateral).
    pub fn left_join_lateral<B: Table>(
        self,
        rows: impl FnOnce(
            SideOf<(Inner<A>, Left<B>), Inner<A>>,
            SideOf<(Inner<A>, Left<B>), Left<B>>,
        ) -> Lateral<(Inner<A>, Left<B>)>,
    ) -> Joined<(Inner<A>, Left<B>)> {
        let rows = rows(Side::at(0), Side::at(1));
        Joined::beside(self, B::table(), JoinKind::Left, rows)
    }
}

macro_rules! closures {
    ($($m:ident $n:literal),*; $next:literal; $s:ty, $inner:ty, $left:ty, $full:ty) => {
        impl<$($m: Member),*> Joined<$s> {
            /// Only rows that satisfy the condition; `None` adds nothing. A condition on a model that may be missing leaves
            /// out the rows where it is, as NULL satisfies none: what belongs to the join goes into its `on`.
            pub fn filter<F: IntoFilter<$s>>(
                mut self,
                filter: impl FnOnce($(SideOf<$s, $m>),*) -> F,
            ) -> Self {
                self.query = self.query.filter(filter($(Side::at($n)),*));
                self
            }

            /// In that order; further terms come after those that are there.
            pub fn order_by<O: IntoOrder<$s>>(
                mut self,
                order: impl FnOnce($(SideOf<$s, $m>),*) -> O,
            ) -> Self {
                self.query = self.query.order_by(order($(Side::at($n)),*));
                self
            }

            /// Groups rows with equal values; used with [`select`](Joined::select).
            pub fn group_by<G: Selectable<$s>>(
                mut self,
                groups: impl FnOnce($(SideOf<$s, $m>),*) -> G,
            ) -> Self {
                self.query = self.query.group_by(groups($(Side::at($n)),*));
                self
            }

            /// Only groups that satisfy the condition, which may use aggregates.
            pub fn having<F: IntoFilter<$s>>(
                mut self,
                filter: impl FnOnce($(SideOf<$s, $m>),*) -> F,
            ) -> Self {
                self.query = self.query.having(filter($(Side::at($n)),*));
                self
            }

            /// Gives these columns or expressions in place of the models: one of them, or a tuple.
            pub fn select<P: Selectable<$s>>(
                self,
                outputs: impl FnOnce($(SideOf<$s, $m>),*) -> P,
            ) -> Selected<$s, P::Row> {
                Selected::new(self.query, outputs($(Side::at($n)),*))
            }

            /// Each row beside each row of `Z` for which the condition holds. See [`Query::join`].
            pub fn join<Z: Table>(
                self,
                on: impl FnOnce(
                    $(SideOf<$inner, $m>,)*
                    SideOf<$inner, Inner<Z>>,
                ) -> Expr<$inner, bool>,
            ) -> Joined<$inner>
            where
                $inner: Scope,
            {
                let on = on($(Side::at($n),)* Side::at($next)).into_node();
                Joined::new(self.query, Z::table(), JoinKind::Inner, Some(on))
            }

            /// Each row beside each row of `Z` for which the condition holds, or alone where there is none. See
            /// [`Query::left_join`].
            pub fn left_join<Z: Table>(
                self,
                on: impl FnOnce(
                    $(SideOf<$left, $m>,)*
                    SideOf<$left, Left<Z>>,
                ) -> Expr<$left, bool>,
            ) -> Joined<$left>
            where
                $left: Scope,
            {
                let on = on($(Side::at($n),)* Side::at($next)).into_node();
                Joined::new(self.query, Z::table(), JoinKind::Left, Some(on))
            }

            /// Each row beside each row of `Z` for which the condition holds, and the rows of both that have none. See
            /// [`Query::full_join`].
            pub fn full_join<Z: Table>(
                self,
                on: impl FnOnce(
                    $(SideOf<$full, $m::Optional>,)*
                    SideOf<$full, Left<Z>>,
                ) -> Expr<$full, bool>,
            ) -> Joined<$full>
            where
                $full: Scope,
            {
                let on = on($(Side::at($n),)* Side::at($next)).into_node();
                Joined::new(self.query, Z::table(), JoinKind::Full, Some(on))
            }

            /// Some rows of `Z` for each row; a row without any is left out. See [`Query::join_lateral`].
            pub fn join_lateral<Z: Table>(
                self,
                rows: impl FnOnce($(SideOf<$inner, $m>,)* SideOf<$inner, Inner<Z>>) -> Lateral<$inner>,
            ) -> Joined<$inner>
            where
                $inner: Scope,
            {
                let rows = rows($(Side::at($n),)* Side::at($next));
                Joined::beside(self.query, Z::table(), JoinKind::Inner, rows)
            }

            /// Some rows of `Z` for each row, or the row alone where there are none. See [`Query::left_join_lateral`].
            pub fn left_join_lateral<Z: Table>(
                self,
                rows: impl FnOnce($(SideOf<$left, $m>,)* SideOf<$left, Left<Z>>) -> Lateral<$left>,
            ) -> Joined<$left>
            where
                $left: Scope,
            {
                let rows = rows($(Side::at($n),)* Side::at($next));
                Joined::beside(self.query, Z::table(), JoinKind::Left, rows)
            }

            /// Each row beside each row of `Z`. See [`Query::cross_join`].
            pub fn cross_join<Z: Table>(self) -> Joined<$inner>
            where
                $inner: Scope,
            {
                Joined::new(self.query, Z::table(), JoinKind::Cross, None)
            }

            /// Gives a struct made of these columns or expressions, in the order of its fields. A column whose name
            /// differs from the field in its place is refused: see [`Query::select_as`].
            pub fn select_as<T: FromRow, P: Selectable<$s>>(
                self,
                outputs: impl FnOnce($(SideOf<$s, $m>),*) -> P,
            ) -> Selected<$s, T> {
                Selected::new_as(self.query, outputs($(Side::at($n)),*))
            }
        }

        /// What is selected from a join: the closures are those of [`Joined`].
        impl<$($m: Member),*, T> Selected<$s, T> {
            /// Only rows that satisfy the condition.
            pub fn filter<F: IntoFilter<$s>>(
                mut self,
                filter: impl FnOnce($(SideOf<$s, $m>),*) -> F,
            ) -> Self {
                self.query = self.query.filter(filter($(Side::at($n)),*));
                self
            }

            /// Only groups that satisfy the condition.
            pub fn having<F: IntoFilter<$s>>(
                mut self,
                filter: impl FnOnce($(SideOf<$s, $m>),*) -> F,
            ) -> Self {
                self.query = self.query.having(filter($(Side::at($n)),*));
                self
            }

            /// Groups rows with equal values.
            pub fn group_by<G: Selectable<$s>>(
                mut self,
                groups: impl FnOnce($(SideOf<$s, $m>),*) -> G,
            ) -> Self {
                self.query = self.query.group_by(groups($(Side::at($n)),*));
                self
            }

            /// In that order: `|_, _| output("revenue").desc()` is by an output.
            pub fn order_by<O: IntoOrder<$s>>(
                mut self,
                order: impl FnOnce($(SideOf<$s, $m>),*) -> O,
            ) -> Self {
                self.query = self.query.order_by(order($(Side::at($n)),*));
                self
            }
        }
    };
}

closures!(A 0, B 1; 2; (A, B), (A, B, Inner<Z>), (A, B, Left<Z>), (A::Optional, B::Optional, Left<Z>));
closures!(
    A 0, B 1, C 2; 3;
    (A, B, C), (A, B, C, Inner<Z>), (A, B, C, Left<Z>), (A::Optional, B::Optional, C::Optional, Left<Z>)
);
closures!(
    A 0, B 1, C 2, D 3; 4;
    (A, B, C, D), (A, B, C, D, Inner<Z>), (A, B, C, D, Left<Z>),
    (A::Optional, B::Optional, C::Optional, D::Optional, Left<Z>)
);
