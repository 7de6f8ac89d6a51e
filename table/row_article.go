package table

// Workflow states of an article, as shipped; scheduled and outdated need versioning.
// https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/knowledge-article-states.html
const (
	ArticleDraft             = "draft"
	ArticleReview            = "review"
	ArticleScheduled         = "scheduled"
	ArticlePublished         = "published"
	ArticlePendingRetirement = "pending_retirement"
	ArticleRetired           = "retired"
	ArticleOutdated          = "outdated"
)

// Types of an article.
const (
	ArticleHTML = "text"
	ArticleWiki = "wiki"
)

// Article is a row of the table kb_knowledge: one version of a knowledge article. With versioning, several rows share
// one Number, and Latest tells the newest.
type Article struct {
	System

	Number                 Text    `json:"number,omitzero"`
	ShortDescription       Text    `json:"short_description,omitzero"`
	Text                   Text    `json:"text,omitzero"`
	Wiki                   Text    `json:"wiki,omitzero"`
	ArticleType            Choice  `json:"article_type,omitzero"`
	WorkflowState          Choice  `json:"workflow_state,omitzero"`
	Active                 Bool    `json:"active,omitzero"`
	KnowledgeBase          Ref     `json:"kb_knowledge_base,omitzero"`
	Category               Ref     `json:"kb_category,omitzero"`
	Author                 Ref     `json:"author,omitzero"`
	Published              Date    `json:"published,omitzero"`
	ValidTo                Date    `json:"valid_to,omitzero"`
	Retired                Date    `json:"retired,omitzero"`
	CanReadUserCriteria    Text    `json:"can_read_user_criteria,omitzero"`
	CannotReadUserCriteria Text    `json:"cannot_read_user_criteria,omitzero"`
	Roles                  Text    `json:"roles,omitzero"`
	Topic                  Choice  `json:"topic,omitzero"`
	LegacyCategory         Choice  `json:"category,omitzero"`
	Meta                   Text    `json:"meta,omitzero"`
	MetaDescription        Text    `json:"meta_description,omitzero"`
	Description            Text    `json:"description,omitzero"`
	Source                 Text    `json:"source,omitzero"`
	Direct                 Bool    `json:"direct,omitzero"`
	Image                  Text    `json:"image,omitzero"`
	Rating                 Decimal `json:"rating,omitzero"`
	UseCount               Int     `json:"use_count,omitzero"`
	HelpfulCount           Int     `json:"helpful_count,omitzero"`
	ViewCount              Int     `json:"sys_view_count,omitzero"`
	Flagged                Bool    `json:"flagged,omitzero"`
	DisableCommenting      Bool    `json:"disable_commenting,omitzero"`
	DisableSuggesting      Bool    `json:"disable_suggesting,omitzero"`
	DisplayAttachments     Bool    `json:"display_attachments,omitzero"`
	CMDBCI                 Ref     `json:"cmdb_ci,omitzero"`
	ViewAsAllowed          Bool    `json:"view_as_allowed,omitzero"`
	ReplacementArticle     Ref     `json:"replacement_article,omitzero"`
	TaxonomyTopic          Text    `json:"taxonomy_topic,omitzero"`
	GeneratedWithNowAssist Bool    `json:"generated_with_now_assist,omitzero"`
	Version                Ref     `json:"version,omitzero"`
	BaseVersion            Ref     `json:"base_version,omitzero"`
	DisplayNumber          Text    `json:"display_number,omitzero"`
	ArticleID              Text    `json:"article_id,omitzero"`
	Latest                 Bool    `json:"latest,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Articles is the table kb_knowledge.
func Articles(s *Service) Table[Article] { return Of[Article](s, "kb_knowledge") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Article) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Article) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
