package knowledge

import (
	"encoding/json"

	"github.com/seed-a66f7fd3/servicenow/table"
)

// Article is an article as its reader sees it.
type Article struct {
	SysID            string `json:"sys_id"`
	Number           string `json:"number"`
	ShortDescription string `json:"short_description"`
	// Content is the text as HTML. An article made from a template has Sections instead: their JSON, as sent, because
	// it depends on the template.
	Content       string          `json:"-"`
	Sections      json.RawMessage `json:"-"`
	Template      table.Bool      `json:"template"`
	TemplateTable string          `json:"template_table"`
	// Attachments and EmbeddedContent (files shown within the text) are sent where the article's own setting
	// DisplayAttachments is on. [Service.OpenAttachment] reads them.
	DisplayAttachments table.Bool       `json:"display_attachments"`
	Attachments        []File           `json:"attachments"`
	EmbeddedContent    []File           `json:"embedded_content"`
	Language           string           `json:"language"`
	Translations       []Translation    `json:"languages"`
	Fields             map[string]Field `json:"fields"` // the columns asked for
}

// File is a file of an article.
type File struct {
	SysID     string    `json:"sys_id"`
	FileName  string    `json:"file_name"`
	SizeBytes table.Int `json:"size_bytes"`
	State     string    `json:"state"` // available, available_conditionally, not_available or pending
}

// Translation is the same article in another language.
type Translation struct {
	SysID    string `json:"sys_id"`
	Language string `json:"language"` // two letters
	Label    string `json:"label"`
}

// UnmarshalJSON reads an article as the API sends it.
func (a *Article) UnmarshalJSON(b []byte) error {
	type plain Article // without this method
	sent := struct {
		*plain
		Content json.RawMessage `json:"content"`
	}{plain: (*plain)(&Article{})}
	if err := json.Unmarshal(b, &sent); err != nil {
		return err
	}
	*a = Article(*sent.plain)
	if json.Unmarshal(sent.Content, &a.Content) != nil {
		a.Sections = sent.Content
	}
	return nil
}
