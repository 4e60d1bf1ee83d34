//! Several models at once: `create_all::<(Author, Book)>()`.

use super::{Table, TableDef};

/// One model, or a tuple of up to 16, or a tuple of such tuples.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of models",
    label = "expected a model or a tuple of models"
)]
pub trait Models {
    /// Their tables.
    fn tables() -> Vec<&'static TableDef>;
}

impl<M: Table> Models for M {
    fn tables() -> Vec<&'static TableDef> {
        vec![M::table()]
    }
}

macro_rules! tuples {
    ($($m:ident),*) => {
        impl<$($m: Models),*> Models for ($($m,)*) {
            fn tables() -> Vec<&'static TableDef> {
                let mut tables = Vec::new();
                $(tables.extend($m::tables());)*
                tables
            }
        }
    };
}

tuples!(A);
tuples!(A, B);
tuples!(A, B, C);
tuples!(A, B, C, D);
tuples!(A, B, C, D, E);
tuples!(A, B, C, D, E, F);
tuples!(A, B, C, D, E, F, G);
tuples!(A, B, C, D, E, F, G, H);
tuples!(A, B, C, D, E, F, G, H, I);
tuples!(A, B, C, D, E, F, G, H, I, J);
tuples!(A, B, C, D, E, F, G, H, I, J, K);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O);
tuples!(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P);
