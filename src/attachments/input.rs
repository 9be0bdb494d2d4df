//! What is said of a file when it is stored: what it shows, by which right it stands here, where it comes from.

use serde::Deserialize;

use super::Rights;
use crate::error::{FieldError, FieldErrors};
use crate::text::{Rule, refuse_my_number};

pub const ALT: Rule = Rule {
    field: "alt",
    label: "画像の説明",
    max: 200,
    lines: false,
    hint: "画像に何が写っているかを書いてください。画像が見えない人に読み上げられます。例：提出箱が「送信中」のまま止まった画面",
};
pub const SOURCE: Rule = Rule {
    field: "source",
    label: "出典",
    max: 200,
    lines: false,
    hint: "引用のときは、出典を書いてください。例：文部科学省「GIGAスクール構想の実現へ」5ページ",
};

/// As it is sent; what is missing is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LabelsInput {
    pub alt: String,
    pub rights: String,
    pub source: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    pub alt: String,
    pub rights: Rights,
    pub source: String,
}

impl LabelsInput {
    /// The labels of an image or of another file. What is wrong goes to `errors`.
    pub fn parse(&self, image: bool, errors: &mut FieldErrors) -> Option<Labels> {
        let alt = if image {
            ALT.parse(&self.alt)
        } else {
            ALT.parse_optional(&self.alt).map(Option::unwrap_or_default)
        };
        let alt = errors.take(alt.and_then(|alt| without_number("alt", alt)));
        let rights = errors.take(Rights::parse(&self.rights).ok_or_else(|| {
            FieldError {
                field: "rights".to_owned(),
                code: "required".to_owned(),
                message:
                    "この画像・ファイルの権利を選んでください。自分で作ったものなら「自作」です。"
                        .to_owned(),
            }
        }));
        let source = if rights == Some(Rights::Quote) {
            SOURCE.parse(&self.source)
        } else {
            SOURCE
                .parse_optional(&self.source)
                .map(Option::unwrap_or_default)
        };
        let source = errors.take(source.and_then(|source| without_number("source", source)));
        Some(Labels {
            alt: alt?,
            rights: rights?,
            source: source?,
        })
    }
}

fn without_number(field: &'static str, text: String) -> Result<String, FieldError> {
    refuse_my_number(field, &text).map(|()| text)
}
