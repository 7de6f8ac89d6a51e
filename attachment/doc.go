// Package attachment is ServiceNow's Attachment API: the files that belong to records, streamed either way.
//
//	file, err := svc.Upload(ctx, attachment.Target{Table: "incident", ID: id}, attachment.Bytes("log.txt", b))
//	down, err := svc.Open(ctx, file.SysID.String())
//
// Nothing is read into memory whole, whatever its size. A download that ends early is an error and never a shorter
// file; an upload is checked (name, type, size) before a byte of it is sent. The addresses that the instance gives for
// downloads are never followed: they may name another host, and the caller's credentials would go there.
//
// To attach a file, a user needs the right to create rows of sys_attachment, and to read and write the record it
// belongs to; no stock role has just that. See
// https://www.servicenow.com/docs/r/api-reference/rest-apis/c_AttachmentAPI.html.
package attachment
