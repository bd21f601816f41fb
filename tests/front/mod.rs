//! What is drawn, through the public face of `front/render`.

mod command_line;
mod console;
mod render;
mod stream;
