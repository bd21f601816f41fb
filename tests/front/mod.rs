//! What is drawn, through the public face of `front/render`.

mod render;
