package table

// ArticleChanges are what people write to a knowledge article through the Table API. The state is not among them: an
// article moves by Publish and Retire of package knowledge, as its knowledge base's workflow says. Cells that are absent
// are not written; those that are empty clear the column.
type ArticleChanges struct {
	Write

	ShortDescription       Text   `json:"short_description,omitzero"` // the title, up to 100 characters
	Text                   Text   `json:"text,omitzero"`              // the body, as HTML
	Wiki                   Text   `json:"wiki,omitzero"`              // the body of a wiki article
	ArticleType            Choice `json:"article_type,omitzero"`      // ArticleHTML or ArticleWiki
	KnowledgeBase          Ref    `json:"kb_knowledge_base,omitzero"`
	Category               Ref    `json:"kb_category,omitzero"`
	Author                 Ref    `json:"author,omitzero"`
	ValidTo                Date   `json:"valid_to,omitzero"` // an article without one does not appear in searches
	Meta                   Text   `json:"meta,omitzero"`     // key words, comma-joined
	MetaDescription        Text   `json:"meta_description,omitzero"`
	Description            Text   `json:"description,omitzero"`
	Source                 Ref    `json:"source,omitzero"` // the task that it came from
	Direct                 Bool   `json:"direct,omitzero"` // the form's Attachment link: readers get the file at once
	Roles                  Text   `json:"roles,omitzero"`
	CanReadUserCriteria    Text   `json:"can_read_user_criteria,omitzero"`    // sys_ids, comma-joined
	CannotReadUserCriteria Text   `json:"cannot_read_user_criteria,omitzero"` // sys_ids, comma-joined
	CMDBCI                 Ref    `json:"cmdb_ci,omitzero"`
	TaxonomyTopic          Text   `json:"taxonomy_topic,omitzero"`
	ReplacementArticle     Ref    `json:"replacement_article,omitzero"`
	Flagged                Bool   `json:"flagged,omitzero"`
	DisableCommenting      Bool   `json:"disable_commenting,omitzero"`
	DisableSuggesting      Bool   `json:"disable_suggesting,omitzero"`
	DisplayAttachments     Bool   `json:"display_attachments,omitzero"`

	// More are columns without a field.
	More Extra `json:"-"`
}
