package table

// Attachment is a row of the table sys_attachment: what is known about a file. Package attachment reads and writes the
// file itself.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html
type Attachment struct {
	System

	FileName          Text   `json:"file_name,omitzero"`
	ContentType       Text   `json:"content_type,omitzero"`
	SizeBytes         Int    `json:"size_bytes,omitzero"`
	SizeCompressed    Int    `json:"size_compressed,omitzero"`
	Compressed        Bool   `json:"compressed,omitzero"`
	TableName         Text   `json:"table_name,omitzero"`
	TableSysID        Text   `json:"table_sys_id,omitzero"`
	DownloadLink      Text   `json:"download_link,omitzero"`
	ImageWidth        Int    `json:"image_width,omitzero"`
	ImageHeight       Int    `json:"image_height,omitzero"`
	AverageImageColor Text   `json:"average_image_color,omitzero"`
	EncryptionContext Ref    `json:"encryption_context,omitzero"`
	State             Choice `json:"state,omitzero"`
	Hash              Text   `json:"hash,omitzero"`
	ChunkSizeBytes    Int    `json:"chunk_size_bytes,omitzero"`
	CreatedByName     Text   `json:"created_by_name,omitzero"`
	UpdatedByName     Text   `json:"updated_by_name,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Attachments is the table sys_attachment.
func Attachments(s *Service) Table[Attachment] { return Of[Attachment](s, "sys_attachment") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Attachment) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Attachment) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
