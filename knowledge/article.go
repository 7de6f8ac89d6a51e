package knowledge

import (
	"encoding/json"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Article is an article as its reader sees it. It can be written down as JSON and read again without loss.
type Article struct {
	SysID            table.Text `json:"sys_id,omitzero"`
	Number           table.Text `json:"number,omitzero"`
	ShortDescription table.Text `json:"short_description,omitzero"`
	// Content is the text as HTML. An article made from a template has [Article.Sections] in its place.
	Content       table.Text `json:"content,omitzero"`
	Template      table.Bool `json:"template,omitzero"`
	TemplateTable table.Text `json:"template_table,omitzero"` // of an article made from a template
	// Attachments and EmbeddedContent (files shown within the text) are sent where the article's own setting
	// DisplayAttachments is on. [Service.OpenAttachment] reads them.
	DisplayAttachments table.Bool       `json:"display_attachments,omitzero"`
	Attachments        []File           `json:"attachments,omitzero"`
	EmbeddedContent    []File           `json:"embedded_content,omitzero"`
	Language           table.Text       `json:"language,omitzero"` // two letters
	Translations       []Translation    `json:"languages,omitzero"`
	Fields             map[string]Field `json:"fields,omitzero"` // the columns asked for

	Extra table.Extra // members without a field
}

// Sections are the parts of an article made from a template, as JSON, because they depend on the template. They are
// nil where Content is text.
func (a Article) Sections() json.RawMessage {
	sent, err := a.Content.MarshalJSON()
	if err != nil || sent[0] != '[' && sent[0] != '{' {
		return nil
	}
	return sent
}

// UnmarshalJSON reads an article as the API sends it.
func (a *Article) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, a) }

// MarshalJSON writes the article as it was read.
func (a Article) MarshalJSON() ([]byte, error) { return table.MarshalRow(a) }

// File is a file of an article.
type File struct {
	SysID     table.Text `json:"sys_id,omitzero"`
	FileName  table.Text `json:"file_name,omitzero"`
	SizeBytes table.Int  `json:"size_bytes,omitzero"`
	State     table.Text `json:"state,omitzero"` // available, available_conditionally, not_available or pending

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a file as the API sends it.
func (f *File) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, f) }

// MarshalJSON writes the file as it was read.
func (f File) MarshalJSON() ([]byte, error) { return table.MarshalRow(f) }

// Translation is the same article in another language.
type Translation struct {
	SysID    table.Text `json:"sys_id,omitzero"`
	Language table.Text `json:"language,omitzero"` // two letters
	Label    table.Text `json:"label,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a translation as the API sends it.
func (t *Translation) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, t) }

// MarshalJSON writes the translation as it was read.
func (t Translation) MarshalJSON() ([]byte, error) { return table.MarshalRow(t) }

// Field is the value of a column that was asked for by name, with what a form would show.
type Field struct {
	Name         table.Text  `json:"name,omitzero"`
	Label        table.Text  `json:"label,omitzero"`
	Type         table.Text  `json:"type,omitzero"` // the platform's own: "string", "glide_date", "sys_class_name"
	Value        table.Value `json:"value,omitzero"`
	DisplayValue table.Value `json:"display_value,omitzero"`

	Extra table.Extra // members without a field
}

// UnmarshalJSON reads a field as the API sends it.
func (f *Field) UnmarshalJSON(b []byte) error { return table.UnmarshalRow(b, f) }

// MarshalJSON writes the field as it was read.
func (f Field) MarshalJSON() ([]byte, error) { return table.MarshalRow(f) }
