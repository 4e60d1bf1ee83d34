//! What is written for the relations of a model: marker types, and the struct that has a field for each. It is the same for
//! all models, so that a macro writes it.

/// The marker types in a module, `Relation` for each, and `BookWith<author = NotLoaded<..>, ..>`: the model, and what was
/// loaded with it. The derive calls this.
#[doc(hidden)]
#[macro_export]
macro_rules! __relations {
    (
        $vis:vis $with:ident of $model:ident, mod $module:ident for $inner:vis, [$($serialize:ident)?];
        $($index:literal $number:literal $relation:ident: $width:ident $to:ty [$($key:ty),*];)+
    ) => {
        #[allow(non_camel_case_types, missing_docs, unreachable_pub, clippy::all)]
        $vis mod $module {
            $(
                #[derive(Clone, Copy)]
                $inner struct $relation<N = ()> {
                    pub(super) nested: ::core::marker::PhantomData<fn() -> N>,
                }
            )+
        }

        #[doc = ::core::concat!("A `", ::core::stringify!($model), "`, with what was loaded along its relations.")]
        #[allow(non_camel_case_types, missing_docs, unreachable_pub, private_interfaces, clippy::all)]
        $vis struct $with<$($relation = $crate::model::NotLoaded<$module::$relation>),+> {
            model: $model,
            $(pub $relation: $relation),+
        }

        #[allow(non_camel_case_types, missing_docs, unreachable_pub, private_interfaces, private_bounds, clippy::all)]
        const _: () = {
            impl<$($relation),+> $with<$($relation),+> {
                /// The model alone.
                pub fn into_model(self) -> $model {
                    self.model
                }
            }

            impl<$($relation),+> ::core::ops::Deref for $with<$($relation),+> {
                type Target = $model;

                fn deref(&self) -> &$model {
                    &self.model
                }
            }

            impl<$($relation),+> ::core::ops::DerefMut for $with<$($relation),+> {
                fn deref_mut(&mut self) -> &mut $model {
                    &mut self.model
                }
            }

            impl<$($relation),+> ::core::borrow::Borrow<$model> for $with<$($relation),+> {
                fn borrow(&self) -> &$model {
                    &self.model
                }
            }

            impl<'a, $($relation),+> $crate::model::Lends<'a, &'a $model> for $with<$($relation),+> {
                fn lend(&'a self) -> &'a $model {
                    &self.model
                }
            }

            impl<$($relation: ::core::clone::Clone),+> ::core::clone::Clone for $with<$($relation),+>
            where
                for<'x> $model: ::core::clone::Clone,
            {
                fn clone(&self) -> Self {
                    $with {
                        model: ::core::clone::Clone::clone(&self.model),
                        $($relation: ::core::clone::Clone::clone(&self.$relation)),+
                    }
                }
            }

            impl<$($relation: ::core::fmt::Debug),+> ::core::fmt::Debug for $with<$($relation),+>
            where
                for<'x> $model: ::core::fmt::Debug,
            {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    let mut f = f.debug_struct(::core::stringify!($with));
                    f.field("model", &self.model);
                    $(f.field(::core::stringify!($relation), &self.$relation);)+
                    f.finish()
                }
            }

            impl<$($relation: ::core::cmp::PartialEq),+> ::core::cmp::PartialEq for $with<$($relation),+>
            where
                for<'x> $model: ::core::cmp::PartialEq,
            {
                fn eq(&self, other: &Self) -> bool {
                    self.model == other.model $(&& self.$relation == other.$relation)+
                }
            }

            $(
                #[automatically_derived]
                impl $crate::model::Relation for $module::$relation {
                    type From = $model;
                    type To = $to;
                    type Key = $crate::__relations!(@key $($key),*);
                    type Loaded<T: ::core::marker::Send + 'static> = $crate::__relations!(@loaded $width T);
                    type Lent<'a> = $crate::__relations!(@lent 'a $width $to);

                    fn def() -> &'static $crate::model::RelationDef {
                        &$crate::model::table_of::<$model>().relations[$index]
                    }
                }

                impl $crate::model::$width for $module::$relation {}
                impl $crate::model::RelationOf<$model> for $module::$relation {}

                impl $crate::model::RelationNamed<$number> for $model {
                    type To = $to;
                }

                impl<T: ::core::marker::Send + 'static, X> $crate::load::FieldOf<$model, T, X> for $module::$relation
                where
                    X: $crate::load::Projection<$to>,
                    <Self as $crate::model::Relation>::Loaded<X>: $crate::load::Gives<T>,
                {
                    fn item(self) -> impl $crate::load::Item<$model, Value = T> {
                        $crate::load::related::<$model, Self, X, T>()
                    }
                }

                impl<N> $crate::model::Marker for $module::$relation<N> {
                    type Relation = $module::$relation;
                    type Nested = N;
                }
            )+

            impl $crate::model::Relations for $model {
                type Bare = $with;

                fn bare(self) -> $with {
                    $with {
                        model: self,
                        $($relation: $crate::model::NotLoaded::new()),+
                    }
                }
            }

            $crate::__relations!(@attach $model $with $module [] [$($relation)+]);
            $crate::__relations!(@serialize [$($serialize)?] $with $model $module $($relation)+);
        };
    };

    (@key) => { ::core::option::Option<bool> };
    (@key $key:ty) => { <$key as $crate::value::Field>::Sql };
    (@key $first:ty, $($key:ty),+) => {
        <<$first as $crate::value::Field>::Sql as $crate::value::Sql>::Or<$crate::__relations!(@key $($key),+)>
    };

    (@loaded ToOne $row:ty) => { <Self::Key as $crate::value::Sql>::Held<$row> };
    (@loaded ToMany $row:ty) => { ::std::vec::Vec<$row> };

    (@lent $a:lifetime ToOne $row:ty) => { <Self::Key as $crate::value::Sql>::Lent<$a, $row> };
    (@lent $a:lifetime ToMany $row:ty) => { ::std::vec::Vec<&$a $row> };

    (@attach $model:ident $with:ident $module:ident [$($before:ident)*] []) => {};
    (@attach $model:ident $with:ident $module:ident [$($before:ident)*] [$relation:ident $($after:ident)*]) => {
        #[diagnostic::do_not_recommend]
        impl<$($before: Send + 'static,)* $($after: Send + 'static,)* V: Send + 'static>
            $crate::model::Attach<$module::$relation, V>
            for $with<$($before,)* $crate::model::NotLoaded<$module::$relation>, $($after),*>
        {
            type With = $with<$($before,)* V, $($after),*>;

            fn attach(self, loaded: V) -> Self::With {
                $with {
                    model: self.model,
                    $($before: self.$before,)*
                    $relation: loaded,
                    $($after: self.$after),*
                }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<$($before,)* $($after,)* V> $crate::model::Has<$module::$relation>
            for $with<$($before,)* V, $($after),*>
        where
            for<'a> V: $crate::model::Lends<'a, <$module::$relation as $crate::model::Relation>::Lent<'a>>,
        {
            fn related(
                &self,
                _: $module::$relation,
            ) -> <$module::$relation as $crate::model::Relation>::Lent<'_> {
                $crate::model::Lends::lend(&self.$relation)
            }
        }

        $crate::__relations!(@attach $model $with $module [$($before)* $relation] [$($after)*]);
    };

    (@serialize [] $($rest:tt)*) => {};
    (@serialize [serialize] $with:ident $model:ident $module:ident $($relation:ident)+) => {
        impl<$($relation),+> $crate::__serde::Serialize for $with<$($relation),+>
        where
            $($relation: $crate::__serde::Serialize + 'static,)+
            for<'x> $model: $crate::__serde::Serialize,
        {
            fn serialize<S: $crate::__serde::Serializer>(&self, serializer: S) -> ::core::result::Result<S::Ok, S::Error> {
                let row = &self.model;
                $(
                    let row = $crate::model::flat::<_, $module::$relation, _>(
                        row,
                        ::core::stringify!($relation),
                        &self.$relation,
                    );
                )+
                $crate::__serde::Serialize::serialize(&row, serializer)
            }
        }
    };
}
