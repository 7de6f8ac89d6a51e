package table

// When a business rule runs.
const (
	RuleBefore  = "before"
	RuleAfter   = "after"
	RuleAsync   = "async"
	RuleDisplay = "display"
)

// BusinessRule is a row of the table sys_script. Collection is the table it is for. A Script counts only when Advanced.
// https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html
type BusinessRule struct {
	System

	Name            Text   `json:"name,omitzero"`
	Collection      Text   `json:"collection,omitzero"`
	When            Choice `json:"when,omitzero"`
	ActionInsert    Bool   `json:"action_insert,omitzero"`
	ActionUpdate    Bool   `json:"action_update,omitzero"`
	ActionDelete    Bool   `json:"action_delete,omitzero"`
	ActionQuery     Bool   `json:"action_query,omitzero"`
	Active          Bool   `json:"active,omitzero"`
	Advanced        Bool   `json:"advanced,omitzero"`
	Order           Int    `json:"order,omitzero"`
	Priority        Int    `json:"priority,omitzero"`
	Script          Text   `json:"script,omitzero"`
	Condition       Text   `json:"condition,omitzero"`
	FilterCondition Text   `json:"filter_condition,omitzero"`
	RoleConditions  Text   `json:"role_conditions,omitzero"`
	AbortAction     Bool   `json:"abort_action,omitzero"`
	AddMessage      Bool   `json:"add_message,omitzero"`
	ChangeFields    Bool   `json:"change_fields,omitzero"`
	ClientCallable  Bool   `json:"client_callable,omitzero"`
	IsREST          Bool   `json:"is_rest,omitzero"`
	ExecuteFunction Bool   `json:"execute_function,omitzero"`
	Message         Text   `json:"message,omitzero"`
	Template        Text   `json:"template,omitzero"`
	Description     Text   `json:"description,omitzero"`
	Access          Choice `json:"access,omitzero"`
	RESTMethod      Ref    `json:"rest_method,omitzero"`
	RESTService     Ref    `json:"rest_service,omitzero"`
	RESTMethodText  Text   `json:"rest_method_text,omitzero"`
	RESTServiceText Text   `json:"rest_service_text,omitzero"`
	RESTVariables   Text   `json:"rest_variables,omitzero"`
	Scope           Ref    `json:"sys_scope,omitzero"`
	Package         Ref    `json:"sys_package,omitzero"`
	Policy          Text   `json:"sys_policy,omitzero"`
	Label           Text   `json:"sys_name,omitzero"`
	UpdateName      Text   `json:"sys_update_name,omitzero"`
	Overrides       Ref    `json:"sys_overrides,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// BusinessRules is the table sys_script.
func BusinessRules(s *Service) Table[BusinessRule] { return Of[BusinessRule](s, "sys_script") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r BusinessRule) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *BusinessRule) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
