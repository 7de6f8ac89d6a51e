package account

import (
	"net/http"

	"github.com/seed-a66f7fd3/servicenow/internal/ident"
	"github.com/seed-a66f7fd3/servicenow/internal/rest"
	"github.com/seed-a66f7fd3/servicenow/table"
)

// A Call is described here and sent later: by itself, with its Do, or in a batch, with table.Add.

// PageCall describes the first page of [Service.List]: at most PageSize accounts, or Limit where that is less. One that
// is not full does not mean that there are no more.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html.
func (s *Service) PageCall(o ListOptions) table.Call[[]table.Account] {
	list, err := accounts("account.Page", o)
	return first(s, list, err)
}

// ContactsPageCall describes the first page of [Service.Contacts], as PageCall does that of accounts.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) ContactsPageCall(o ListOptions) table.Call[[]table.Contact] {
	list, err := contacts("account.ContactsPage", o)
	return first(s, list, err)
}

// ConsumersPageCall describes the first page of [Service.Consumers], as PageCall does that of accounts.
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) ConsumersPageCall(o ListOptions) table.Call[[]table.Consumer] {
	list, err := consumers("account.ConsumersPage", o)
	return first(s, list, err)
}

// GetCall describes [Service.Get].
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html.
func (s *Service) GetCall(id string) table.Call[table.Account] {
	return getCall[table.Account](s, "account.Get", "account", id)
}

// ContactCall describes [Service.Contact].
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) ContactCall(id string) table.Call[table.Contact] {
	return getCall[table.Contact](s, "account.Contact", "contact", id)
}

// ConsumerCall describes [Service.Consumer].
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) ConsumerCall(id string) table.Call[table.Consumer] {
	return getCall[table.Consumer](s, "account.Consumer", "consumer", id)
}

// CreateContactCall describes [Service.CreateContact].
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html.
func (s *Service) CreateContactCall(w table.Writable) table.Call[string] {
	return s.createCall("account.CreateContact", "contact", w)
}

// CreateConsumerCall describes [Service.CreateConsumer].
//
// See https://www.servicenow.com/docs/r/api-reference/rest-apis/consumer-api.html.
func (s *Service) CreateConsumerCall(w table.Writable) table.Call[string] {
	return s.createCall("account.CreateConsumer", "consumer", w)
}

func getCall[T any](s *Service, name, api, id string) table.Call[T] {
	if err := ident.SysID(id); err != nil {
		return table.Refused[T](invalid(name, err))
	}
	return table.NewCall[T](s.conn, rest.Op{Name: name, Method: http.MethodGet, Path: path(api, id)})
}

func (s *Service) createCall(name, api string, w table.Writable) table.Call[string] {
	body, err := table.NewBody(w)
	if err != nil {
		return table.Refused[string](invalid(name, err))
	}
	op := rest.Op{Name: name, Method: http.MethodPost, Path: path(api), Body: body, Replay: rest.Never}
	return table.NewCall[string](s.conn, op)
}
