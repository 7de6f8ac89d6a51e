// Package account is ServiceNow's Account, Contact and Consumer APIs: the customers, their people, and the consumers
// who are customers by themselves.
//
//	for a, err := range svc.List(ctx, account.ListOptions{Query: table.Where("customer", table.Is, "true")}) { … }
//
// The APIs read, and create contacts and consumers; they cannot change or delete, so what changes a record here goes
// through the Table API. Values come as stored, references as sys_ids; there is no choice of columns and there are no
// display values.
//
// They belong to the plugin com.sn_customerservice and ask for the role csm_ws_integration; see
// https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html,
// https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html and
// https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
package account

import (
	"context"
	"fmt"
	"iter"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// Service reaches the accounts, contacts and consumers of one instance as one user sees them. It is safe for
// concurrent use.
type Service struct {
	conn   *rest.Conn
	tables *table.Service
}

// New is called by the root package, which makes the connection.
func New(conn *rest.Conn, tables *table.Service) *Service {
	return &Service{conn: conn, tables: tables}
}

// ListOptions shape one list. The zero value is every record.
type ListOptions struct {
	// Query says which. Without an order of its own the list follows sys_id, so that no record is told twice or left
	// out while others write.
	Query table.Query
	// PageSize is how many records to ask for at once; zero is 200. The APIs' own default is 10.
	PageSize int
	// Limit ends the list after that many records. Zero is no bound.
	Limit int
	// Notice is told where the instance refuses the order by sys_id and the list has to count through pages. Nil is
	// nobody.
	Notice func(table.Notice)
}

// defaultPage is moderate, because the APIs send every column.
const defaultPage = 200

// List yields the accounts that match. One request for each page, and one more where the instance does not count its
// rows and does not say that there are no more; nothing is sent before it is ranged over, and ranging again starts
// again. After an error the range is over.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html.
func (s *Service) List(ctx context.Context, o ListOptions) iter.Seq2[table.Account, error] {
	list, err := accounts("account.List", o)
	return rows(ctx, s, list, err)
}

// Get reads an account by its sys_id. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html.
func (s *Service) Get(ctx context.Context, id string) (table.Account, error) {
	return s.GetCall(id).Do(ctx)
}

// Contacts yields the contacts that match, as [Service.List] does accounts: one request for each page, and one more
// where the instance neither counts nor says that there are no more. Those of one customer are
// table.Where("account", table.Is, accountID).
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) Contacts(ctx context.Context, o ListOptions) iter.Seq2[table.Contact, error] {
	list, err := contacts("account.Contacts", o)
	return rows(ctx, s, list, err)
}

// Contact reads a contact by its sys_id. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) Contact(ctx context.Context, id string) (table.Contact, error) {
	return s.ContactCall(id).Do(ctx)
}

// CreateContact makes a contact and returns its sys_id, which is all that the API tells. One request, never sent
// twice. A column that the API does not know is dropped without notice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) CreateContact(ctx context.Context, w table.Writable) (string, error) {
	return created(ctx, "account.CreateContact", s.CreateContactCall(w))
}

// Consumers yields the consumers that match, as [Service.List] does accounts: one request for each page, and one more
// where the instance neither counts nor says that there are no more.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) Consumers(ctx context.Context, o ListOptions) iter.Seq2[table.Consumer, error] {
	list, err := consumers("account.Consumers", o)
	return rows(ctx, s, list, err)
}

// Consumer reads a consumer by its sys_id. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) Consumer(ctx context.Context, id string) (table.Consumer, error) {
	return s.ConsumerCall(id).Do(ctx)
}

// CreateConsumer makes a consumer and returns its sys_id, which is all that the API tells. One request, never sent
// twice. A column that the API does not know is dropped without notice.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) CreateConsumer(ctx context.Context, w table.Writable) (string, error) {
	return created(ctx, "account.CreateConsumer", s.CreateConsumerCall(w))
}

// The tables behind the three APIs.
const (
	Table         = "customer_account"
	ContactTable  = "customer_contact"
	ConsumerTable = "csm_consumer"
)

// Update changes the columns of an account that are set in w and returns it as it then is, through the Table API,
// because this one cannot. One request. It is sent again when nobody knows whether it ran.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (s *Service) Update(
	ctx context.Context, id string, w table.Writable, o ...table.WriteOptions,
) (table.Account, error) {
	return table.Of[table.Account](s.tables, Table).Update(ctx, id, w, o...)
}

// UpdateContact changes a contact as [Service.Update] does an account. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (s *Service) UpdateContact(
	ctx context.Context, id string, w table.Writable, o ...table.WriteOptions,
) (table.Contact, error) {
	return table.Of[table.Contact](s.tables, ContactTable).Update(ctx, id, w, o...)
}

// UpdateConsumer changes a consumer as [Service.Update] does an account. One request.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html.
func (s *Service) UpdateConsumer(
	ctx context.Context, id string, w table.Writable, o ...table.WriteOptions,
) (table.Consumer, error) {
	return table.Of[table.Consumer](s.tables, ConsumerTable).Update(ctx, id, w, o...)
}

func path(api string, more ...string) []string { return append([]string{"api", "now", api}, more...) }

// created is the id that a record was made under.
func created(ctx context.Context, name string, call table.Call[string]) (string, error) {
	id, err := call.Do(ctx)
	if err == nil && ident.SysID(id) != nil {
		err = fmt.Errorf("%s: the instance did not answer with a sys_id", name)
	}
	return id, err
}

// invalid is the error for what is wrong before anything is sent.
func invalid(name string, why error) error {
	return &rest.Error{Op: name, Class: rest.ErrInvalid, Err: why}
}
