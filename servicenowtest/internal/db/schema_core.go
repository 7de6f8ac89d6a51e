package db

// People, groups, roles, companies and the few configuration items other tables point at.
// Columns: https://www.servicenow.com/docs/r/api-reference/rest-apis/contact-api.html and account-api.html.
const schemaCore = `
table sys_user "User" audit
  sys_class_name sys_class_name "Class"
  user_name s40 "User ID"
  name s151 display
  first_name s50
  middle_name s50
  last_name s50
  email email
  phone s40 "Business phone"
  mobile_phone s40
  home_phone s40
  title s60
  active b =true
  locked_out b =false
  company ref>core_company
  department ref>cmn_department
  location ref>cmn_location
  manager ref>sys_user
  cost_center ref>cmn_cost_center
  building ref>cmn_building
  country s3 "Country code"
  state s40 "State / Province"
  city s40
  street s255
  zip s40 "Zip / Postal code"
  time_zone s40
  date_format s40
  time_format s40
  preferred_language s3 "Language"
  notification i =2
  vip b =false "VIP"
  gender s40
  employee_number s40
  source s255
  roles s40
  last_login d
  last_login_time t
  last_login_device s40
  failed_attempts i "Failed login attempts"
  password_needs_reset b =false
  user_password password "Password"
  enable_multifactor_authn b =false
  web_service_access_only b =false
  internal_integration_user b =false
  identity_type s40
  calendar_integration i =1
  schedule ref>cmn_schedule
  ldap_server ref>ldap_server_config
  default_perspective ref>sys_perspective
  photo user_image
  avatar s32
  hashed_user_id s40
  introduction s40 "Prefix"
  agent_status s40
  edu_status s40 "EDU Status"
  geolocation_tracked b =false
  last_position_update t
  latitude s40
  longitude s40
  on_schedule s40
  time_sheet_policy ref>time_sheet_policy
  sys_domain ref>sys_user_group "Domain" =global
  sys_domain_path s255 "Domain Path" =/

table sys_user_group "Group" audit
  name s80 display
  description s1000
  active b =true
  manager ref>sys_user
  parent ref>sys_user_group
  email email "Group email"
  type list>sys_user_group_type
  roles s255
  source s255
  exclude_manager b =false
  include_members b =false
  cost_center ref>cmn_cost_center
  default_assignee ref>sys_user

table sys_user_role "Role"
  name s100 display
  description s1000
  elevated_privilege b =false
  suffix s100
  includes_roles s255
  assignable_by ref>sys_user_role
  grantable b =true
  can_delegate b =true

table sys_user_role_contains "Contained Role"
  role ref>sys_user_role
  contains ref>sys_user_role

table sys_user_has_role "User Role"
  user ref>sys_user
  role ref>sys_user_role
  state s40 =active
  inherited b =false
  granted_by ref>sys_user_group
  included_in_role ref>sys_user_has_role
  included_in_role_instance ref>sys_user_role_contains
  inh_count i
  inh_map s4000

table sys_user_grmember "Group Member"
  user ref>sys_user
  group ref>sys_user_group

table sys_group_has_role "Group Role"
  group ref>sys_user_group
  role ref>sys_user_role
  inherits b =true

table sys_user_preference "User Preference" untracked
  user ref>sys_user
  name s100 display
  value s4000
  type s40
  description s1000
  system b =false

table core_company "Company" audit
  sys_class_name sys_class_name "Class"
  name s80 display
  parent ref>core_company
  customer b =false
  vendor b =false
  manufacturer b =false
  primary b =false
  publicly_traded b =false
  contact ref>sys_user
  country s40
  state s40 "State / Province"
  city s50
  street s255
  zip s40 "Zip / Postal code"
  phone s40
  fax_phone s40
  website url
  latitude s40
  longitude s40
  lat_long_error s1000
  notes s4000
  stock_symbol s40
  stock_price s40
  revenue_per_year cur
  profits cur
  market_cap cur
  num_employees i
  fiscal_year d
  discount s40
  rank_tier s40
  vendor_type list>vendor_type
  vendor_manager list>sys_user
  theme ref>sys_ui_theme
  banner_image user_image
  banner_image_light user_image
  banner_text s100
  apple_icon user_image
  sso_source s100
  hash s200
  coordinates_retrieved_on d
  sys_domain ref>sys_user_group "Domain" =global

table cmn_department "Department"
  name s100 display
  id s40 "ID"
  dept_head ref>sys_user
  parent ref>cmn_department

table cmn_location "Location"
  name s100 display
  full_name s255
  street s255
  city s40
  state s40
  zip s40
  country s40
  parent ref>cmn_location

table cmn_cost_center "Cost Center"
  name s100 display
  code s40

table cmn_building "Building"
  name s100 display

table cmdb "Base Configuration Item" audit
  sys_class_name sys_class_name "Class"
  name s255 display
  asset ref>alm_asset
  asset_tag s40
  assigned_to ref>sys_user
  company ref>core_company
  model_id ref>cmdb_model
  serial_number s255
  install_status i =1

table cmdb_ci "Configuration Item" extends cmdb audit
  operational_status i =1
  category s40
  subcategory s40
  short_description s1000
  ip_address s255
  discovery_source s40
  last_discovered t

table cmdb_ci_service "Service" extends cmdb_ci audit
  used_for s40

table cmdb_ci_server "Server" extends cmdb_ci audit
  os s100 "Operating System"

table cmdb_ci_linux_server "Linux Server" extends cmdb_ci_server audit
  kernel_release s100

table cmdb_model "Product Model"
  name s100
  display_name s255 display
  model_number s40
  manufacturer ref>core_company

table alm_asset "Asset"
  display_name s255 display
  asset_tag s40
  serial_number s100
  model ref>cmdb_model
  assigned_to ref>sys_user
  account ref>customer_account
  install_status i =1
`
