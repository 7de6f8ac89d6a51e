package table

// Account is a row of the table customer_account: a company that is a customer or a partner.
// https://www.servicenow.com/docs/r/api-reference/rest-apis/account-api.html
type Account struct {
	System

	Number           Text    `json:"number,omitzero"`
	Name             Text    `json:"name,omitzero"`
	AccountCode      Text    `json:"account_code,omitzero"`
	AccountParent    Ref     `json:"account_parent,omitzero"`
	AccountPath      Text    `json:"account_path,omitzero"`
	Parent           Ref     `json:"parent,omitzero"`
	Customer         Bool    `json:"customer,omitzero"`
	Partner          Bool    `json:"partner,omitzero"`
	Primary          Bool    `json:"primary,omitzero"`
	PrimaryContact   Ref     `json:"primary_contact,omitzero"`
	Contact          Ref     `json:"contact,omitzero"`
	RegistrationCode Text    `json:"registration_code,omitzero"`
	ActiveEscalation Ref     `json:"active_escalation,omitzero"`
	Country          Text    `json:"country,omitzero"`
	State            Text    `json:"state,omitzero"`
	City             Text    `json:"city,omitzero"`
	Street           Text    `json:"street,omitzero"`
	Zip              Text    `json:"zip,omitzero"`
	Phone            Text    `json:"phone,omitzero"`
	FaxPhone         Text    `json:"fax_phone,omitzero"`
	Website          Text    `json:"website,omitzero"`
	Latitude         Decimal `json:"latitude,omitzero"`
	Longitude        Decimal `json:"longitude,omitzero"`
	Notes            Text    `json:"notes,omitzero"`
	StockSymbol      Text    `json:"stock_symbol,omitzero"`
	StockPrice       Text    `json:"stock_price,omitzero"`
	RevenuePerYear   Decimal `json:"revenue_per_year,omitzero"`
	Profits          Decimal `json:"profits,omitzero"`
	MarketCap        Decimal `json:"market_cap,omitzero"`
	NumEmployees     Int     `json:"num_employees,omitzero"`
	PubliclyTraded   Bool    `json:"publicly_traded,omitzero"`
	FiscalYear       Date    `json:"fiscal_year,omitzero"`
	Discount         Decimal `json:"discount,omitzero"`
	RankTier         Choice  `json:"rank_tier,omitzero"`
	Manufacturer     Bool    `json:"manufacturer,omitzero"`
	Vendor           Bool    `json:"vendor,omitzero"`
	VendorType       Text    `json:"vendor_type,omitzero"`
	VendorManager    Text    `json:"vendor_manager,omitzero"`
	Theme            Ref     `json:"theme,omitzero"`
	BannerImage      Text    `json:"banner_image,omitzero"`
	BannerText       Text    `json:"banner_text,omitzero"`
	AppleIcon        Text    `json:"apple_icon,omitzero"`

	// Extra holds the columns without a field.
	Extra Extra `json:"-"`
}

// Accounts is the table customer_account.
func Accounts(s *Service) Table[Account] { return Of[Account](s, "customer_account") }

// MarshalJSON writes the row as it was read, Extra included; see [MarshalRow].
func (r Account) MarshalJSON() ([]byte, error) { return MarshalRow(r) }

// UnmarshalJSON reads the row as the instance sends it; see [UnmarshalRow].
func (r *Account) UnmarshalJSON(b []byte) error { return UnmarshalRow(b, r) }
