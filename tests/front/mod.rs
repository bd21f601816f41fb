//! What is drawn, through the public face of `front/render`.

mod command_line;
mod render;
mod stream;
