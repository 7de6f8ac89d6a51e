package table

// User is a row of the table sys_user. UserName is unique, Email is not.
type User struct {
	System

	UserName                Text   `json:"user_name,omitzero"`
	Name                    Text   `json:"name,omitzero"`
	FirstName               Text   `json:"first_name,omitzero"`
	MiddleName              Text   `json:"middle_name,omitzero"`
	LastName                Text   `json:"last_name,omitzero"`
	Email                   Text   `json:"email,omitzero"`
	Phone                   Text   `json:"phone,omitzero"`
	MobilePhone             Text   `json:"mobile_phone,omitzero"`
	HomePhone               Text   `json:"home_phone,omitzero"`
	Title                   Text   `json:"title,omitzero"`
	Active                  Bool   `json:"active,omitzero"`
	LockedOut               Bool   `json:"locked_out,omitzero"`
	Company                 Ref    `json:"company,omitzero"`
	Department              Ref    `json:"department,omitzero"`
	Location                Ref    `json:"location,omitzero"`
	Manager                 Ref    `json:"manager,omitzero"`
	CostCenter              Ref    `json:"cost_center,omitzero"`
	Building                Ref    `json:"building,omitzero"`
	Country                 Text   `json:"country,omitzero"`
	State                   Text   `json:"state,omitzero"`
	City                    Text   `json:"city,omitzero"`
	Street                  Text   `json:"street,omitzero"`
	Zip                     Text   `json:"zip,omitzero"`
	TimeZone                Text   `json:"time_zone,omitzero"`
	DateFormat              Text   `json:"date_format,omitzero"`
	TimeFormat              Text   `json:"time_format,omitzero"`
	PreferredLanguage       Text   `json:"preferred_language,omitzero"`
	Notification            Choice `json:"notification,omitzero"`
	VIP                     Bool   `json:"vip,omitzero"`
	Gender                  Choice `json:"gender,omitzero"`
	EmployeeNumber          Text   `json:"employee_number,omitzero"`
	Source                  Text   `json:"source,omitzero"`
	Roles                   Text   `json:"roles,omitzero"`
	LastLogin               Date   `json:"last_login,omitzero"`
	LastLoginTime           Time   `json:"last_login_time,omitzero"`
	LastLoginDevice         Text   `json:"last_login_device,omitzero"`
	FailedAttempts          Int    `json:"failed_attempts,omitzero"`
	PasswordNeedsReset      Bool   `json:"password_needs_reset,omitzero"`
	EnableMultifactorAuthn  Bool   `json:"enable_multifactor_authn,omitzero"`
	WebServiceAccessOnly    Bool   `json:"web_service_access_only,omitzero"`
	InternalIntegrationUser Bool   `json:"internal_integration_user,omitzero"`
	CalendarIntegration     Choice `json:"calendar_integration,omitzero"`
	Schedule                Ref    `json:"schedule,omitzero"`
	LDAPServer              Ref    `json:"ldap_server,omitzero"`
	DefaultPerspective      Ref    `json:"default_perspective,omitzero"`
	Photo                   Text   `json:"photo,omitzero"`
	Avatar                  Text   `json:"avatar,omitzero"`
	HashedUserID            Text   `json:"hashed_user_id,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Users is the table sys_user.
func Users(s *Service) Table[User] { return Of[User](s, "sys_user") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r User) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *User) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
