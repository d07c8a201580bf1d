//! The builder: its type records the required fields, so that code that forgets one does not
//! compile.

use std::collections::HashSet;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Expr;

use crate::docs;
use crate::model::Entity;
use crate::model::builder_input::{Absent, Input, Objects, inputs};
use crate::model::column::Column;
use crate::syntax::name::{self, FieldName};
use crate::syntax::value::bare;

/// Whether `build` works, or only exists beside an error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Build {
    Real,
    Fallback,
}

/// The names of the parameters for a required field: one in the builder's type, and one for the
/// trait that its argument implements once the field has been given.
struct State {
    input: usize,
    parameter: Ident,
    given: Ident,
}

/// Returns the builder of an entity:
///
/// ```text
/// pub struct UserBuilder<__Name = Missing>(/* an Option for each field */, PhantomData<…>);
/// impl User { pub fn builder() -> UserBuilder; }
/// impl<__Name> UserBuilder<__Name> {
///     pub fn name(self, value: impl Into<String>) -> UserBuilder<Given>;
///     pub fn build(self) -> User where __Name: __NameGiven;
/// }
/// ```
pub(crate) fn expand(entity: &Entity<'_>) -> TokenStream {
    builder(entity, Build::Real)
}

/// Returns the builder of an entity that has errors, or `None` if its names would clash.
pub(crate) fn expand_usable(entity: &Entity<'_>) -> Option<TokenStream> {
    let mut names = HashSet::from(["build".to_owned()]);
    let mut methods = inputs(entity).flat_map(|input| input.methods().collect::<Vec<_>>());
    let usable = *entity.ident != entity.module && methods.all(|method| names.insert(method));
    usable.then(|| builder(entity, Build::Fallback))
}

fn builder(entity: &Entity<'_>, build: Build) -> TokenStream {
    let Entity { ident, vis, .. } = entity;
    let inputs: Vec<_> = inputs(entity).collect();
    let states = states(&inputs);
    let builder = format_ident!("{}Builder", FieldName(ident).to_string(), span = ident.span());
    let parameters: Vec<_> = states.iter().map(|state| &state.parameter).collect();
    let generics = brackets(&parameters);
    let kept = inputs.iter().map(Input::kept);

    let builder_fn = builder_fn(entity, &builder, &inputs, &states);
    let setters = inputs
        .iter()
        .enumerate()
        .map(|(index, input)| setters(entity, &builder, &states, index, input));
    let given = states.iter().map(|state| given_trait(ident, inputs[state.input].field, state));
    let build = build_fn(entity, &inputs, &states, build);

    let builder_doc = docs::builder(ident);
    let must_use = docs::must_use(ident);
    let declared = parameters
        .iter()
        .map(|parameter| quote!(#parameter = ::orm_runtime::__private::builder::Missing));
    let declared = brackets(&declared.collect::<Vec<_>>());
    quote! {
        #[doc = #builder_doc]
        #[must_use = #must_use]
        #vis struct #builder #declared(
            (#(::core::option::Option<#kept>,)*),
            ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>,
        );

        #[doc(hidden)]
        const _: () = {
            use ::orm_runtime::__private as _orm;

            #builder_fn

            #[automatically_derived]
            #[allow(dead_code)]
            impl #generics #builder #generics {
                #(#setters)*
                #build
            }

            ::orm_runtime::__builder! { #builder [#(#parameters)*] #(#given)* }
        };
    }
}

fn brackets(parameters: &[impl ToTokens]) -> Option<TokenStream> {
    (!parameters.is_empty()).then(|| quote!(<#(#parameters),*>))
}

fn states(inputs: &[Input<'_>]) -> Vec<State> {
    let mut states: Vec<State> = Vec::new();
    for (input, required) in inputs.iter().enumerate().filter(|(_, input)| input.is_required()) {
        let mut name = name::camel_case(&required.field.to_string());
        // `a1` and `a_1` are two fields with the same name in CamelCase.
        while states.iter().any(|state| state.parameter == format!("__{name}")) {
            name.push('X');
        }
        states.push(State {
            input,
            parameter: format_ident!("__{name}"),
            given: format_ident!("__{name}Given"),
        });
    }
    states
}

fn builder_fn(
    entity: &Entity<'_>,
    builder: &Ident,
    inputs: &[Input<'_>],
    states: &[State],
) -> TokenStream {
    let Entity { ident, vis, .. } = entity;
    let required: Vec<_> =
        states.iter().map(|state| inputs[state.input].field.to_string()).collect();
    let doc = docs::builder_fn(ident, &required);
    let nones = inputs.iter().map(|_| quote!(::core::option::Option::None));
    quote! {
        #[automatically_derived]
        #[allow(dead_code)]
        impl #ident {
            #[doc = #doc]
            #vis fn builder() -> #builder {
                #builder((#(#nones,)*), ::core::marker::PhantomData)
            }
        }
    }
}

/// Returns the setter `name`, and `maybe_name` if the field is an `Option`.
fn setters(
    entity: &Entity<'_>,
    builder: &Ident,
    states: &[State],
    index: usize,
    input: &Input<'_>,
) -> TokenStream {
    let vis = entity.vis;
    let Input { field, value, .. } = input;
    let at = Literal::usize_unsuffixed(index);
    let kept = input.kept();
    let mut parameter = None;
    let (arg, given) = if let Some((target, objects)) = input.related {
        let related = quote!(::core::convert::Into<_orm::Related<#target>>);
        match objects {
            Objects::One => (
                quote!(impl #related),
                quote!(::core::iter::FromIterator::from_iter(::core::iter::once(__orm_value))),
            ),
            Objects::Many => {
                parameter = Some(quote!(<__Orm: #related>));
                (
                    quote!(impl ::core::iter::IntoIterator<Item = __Orm>),
                    quote!(::core::iter::FromIterator::from_iter(__orm_value)),
                )
            }
        }
    } else if input.refers {
        (
            quote!(impl _orm::IntoReference<#value>),
            quote!(_orm::IntoReference::into_reference(__orm_value)),
        )
    } else if input.into {
        (quote!(impl ::core::convert::Into<#value>), quote!(_orm::builder::into(__orm_value)))
    } else {
        (quote!(#value), quote!(__orm_value))
    };
    let given = if input.nullable { quote!(::core::option::Option::Some(#given)) } else { given };

    let set = |value: TokenStream| quote!(self.0.#at = ::core::option::Option::Some(#value););
    let (returned, rest) = if input.is_required() {
        let arguments: Vec<_> =
            states
                .iter()
                .map(|State { input, parameter, .. }| {
                    if *input == index { quote!(_orm::builder::Given) } else { quote!(#parameter) }
                })
                .collect();
        let arguments = brackets(&arguments);
        (quote!(#builder #arguments), quote!(#builder(self.0, ::core::marker::PhantomData)))
    } else {
        (quote!(Self), quote!(self))
    };

    let doc = setter_doc(input);
    let set_given = set(given);
    let maybe = input.nullable.then(|| {
        let doc = docs::maybe_setter(field);
        let maybe = format_ident!("maybe_{}", field.to_string(), span = field.0.span());
        let set = set(quote!(__orm_value));
        quote! {
            #[doc = #doc]
            #vis fn #maybe(mut self, __orm_value: #kept) -> #returned {
                #set
                #rest
            }
        }
    });
    quote! {
        #[doc = #doc]
        #vis fn #field #parameter(mut self, __orm_value: #arg) -> #returned {
            #set_given
            #rest
        }
        #maybe
    }
}

/// Returns what `__builder!` needs for a required field: the name, the message and the label of its
/// trait, because only a trait's own message can name the field.
fn given_trait(entity: &Ident, field: FieldName<'_>, state: &State) -> TokenStream {
    let given = &state.given;
    let message = docs::missing_message(entity, field);
    let label = docs::missing_label(field);
    quote!(#given #message #label)
}

fn build_fn(
    entity: &Entity<'_>,
    inputs: &[Input<'_>],
    states: &[State],
    build: Build,
) -> TokenStream {
    let Entity { ident, vis, .. } = entity;
    let doc = docs::build_fn(ident);
    let bounds = states.iter().map(|State { parameter, given, .. }| quote!(#parameter: #given));
    let body = if build == Build::Fallback {
        quote!(::core::unreachable!())
    } else {
        let (now, shared) = (Ident::new("__orm_now", Span::mixed_site()), shares_time(inputs));
        let time = shared.then(|| {
            let stamped = inputs.iter().find(|input| matches!(input.absent, Absent::Stamped));
            let kept = stamped.map(Input::kept);
            quote!(let #now: #kept = _orm::Stamp::stamped();)
        });
        let fields = inputs.iter().enumerate().map(|(index, input)| {
            let field = input.field;
            let value = field_value(index, input, shared.then_some(&now));
            quote!(#field: #value)
        });
        let version = entity.version_column().map(|Column { field, .. }| quote!(#field: 1,));
        let through = entity.collections.iter().filter(|it| it.is_through_entity());
        let through = through.map(|it| it.field);
        let computed = entity.columns.iter().filter(|column| column.ty.is_read_only());
        let computed = computed
            .map(|Column { field, .. }| quote!(#field: ::core::default::Default::default(),));
        quote! {
            #time
            #ident { #(#fields,)* #version #(#computed)* #(#through: ::core::default::Default::default(),)* }
        }
    };
    quote! {
        #[doc = #doc]
        #vis fn build(self) -> #ident
        where
            #(#bounds,)*
        {
            #body
        }
    }
}

/// Returns `true` if several fields hold the time of the INSERT and have one type: they hold the
/// same time then, so that a row that was never updated can be recognised.
fn shares_time(inputs: &[Input<'_>]) -> bool {
    let mut stamped = inputs.iter().filter(|input| matches!(input.absent, Absent::Stamped));
    let Some(first) = stamped.next() else { return false };
    let types: Vec<_> = stamped.map(|input| input.kept().to_string()).collect();
    !types.is_empty() && types.iter().all(|ty| *ty == first.kept().to_string())
}

/// Returns the value of a field: the given value, or the default for its absence, in the field's
/// wrapper. `now` is the time of the INSERT, if fields share it.
fn field_value(index: usize, input: &Input<'_>, now: Option<&Ident>) -> TokenStream {
    let at = Literal::usize_unsuffixed(index);
    let kept = quote!(self.0.#at);
    let wrap = |value: TokenStream| {
        if input.deferred { quote!(_orm::Deferred::new(#value)) } else { value }
    };
    let span = crate::syntax::types::span(input.value);
    let absent = match &input.absent {
        Absent::Required => return wrap(quote!(_orm::builder::given(#kept))),
        Absent::Made => return quote!(_orm::builder::made(#kept)),
        Absent::None => return wrap(quote!(#kept.flatten())),
        Absent::Stamped => match now {
            Some(now) => quote!(::core::clone::Clone::clone(&#now)),
            None => quote_spanned!(span=> _orm::Stamp::stamped()),
        },
        Absent::Nowhere => super::one_of::unset(input.value, input.nullable),
        Absent::Default | Absent::Unset => {
            quote_spanned!(span=> ::core::default::Default::default())
        }
        Absent::Expr(expr) => {
            // The type is declared first, so that a wrong expression is its own error and not a
            // mismatch between two arms.
            let expr = default_expr(expr, input);
            let ty = input.kept();
            quote!({
                let __orm_default: #ty = #expr;
                __orm_default
            })
        }
    };
    wrap(quote! {
        match #kept {
            ::core::option::Option::Some(__orm_value) => __orm_value,
            ::core::option::Option::None => #absent,
        }
    })
}

/// Returns the expression of the field's type. A literal can leave out `Some` and `.into()`.
fn default_expr(expr: &Expr, input: &Input<'_>) -> TokenStream {
    let Expr::Lit(literal) = bare(expr) else { return quote!(#expr) };
    let value = input.value;
    let span = Span::call_site().located_at(literal.lit.span());
    let text = matches!(literal.lit, syn::Lit::Str(_) | syn::Lit::ByteStr(_));
    let expr = if text && input.into {
        quote_spanned!(span=> ::core::convert::Into::<#value>::into(#expr))
    } else {
        quote!(#expr)
    };
    if input.nullable { quote!(::core::option::Option::Some(#expr)) } else { expr }
}

/// Returns the documentation of a setter.
fn setter_doc(input: &Input<'_>) -> String {
    match input.absent {
        Absent::Required => docs::required_setter(input.field),
        Absent::Made => docs::optional_setter(input.field, docs::DEFAULT_AUTO),
        Absent::Stamped => docs::optional_setter(input.field, docs::DEFAULT_NOW),
        Absent::Unset => match input.related {
            None => docs::reference_setter(input.field),
            Some((_, Objects::Many)) => docs::collection_setter(input.field),
            Some((_, Objects::One)) => docs::one_setter(input.field),
        },
        Absent::Nowhere => docs::one_of_setter(input.field),
        Absent::None => docs::optional_setter(input.field, docs::DEFAULT_NONE),
        Absent::Default => docs::optional_setter(input.field, docs::DEFAULT_TRAIT),
        Absent::Expr(expr) => match bare(expr) {
            Expr::Lit(literal) => {
                let text = literal.to_token_stream();
                docs::optional_setter(input.field, format_args!("`{text}`"))
            }
            _ => docs::optional_setter(input.field, docs::DEFAULT_GIVEN),
        },
    }
}
