//! Pseudo-variables: names parsed once into a [`Spec`], read and written on a [`Route`].
