package db

// Customer Service Management.
// Columns: https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html, account-api.html, consumer-api.html.
const schemaCSM = `
table customer_account "Account" extends core_company number ACCT audit
  number s40
  account_code s40
  account_parent ref>customer_account
  account_path s255
  partner b =false
  primary_contact ref>customer_contact
  registration_code s40
  active_escalation ref>sn_customerservice_escalation

table customer_contact "Contact" extends sys_user audit
  account ref>customer_account
  facebook s255
  linkedin s255
  twitter s255

table csm_consumer_user "Consumer User" extends sys_user audit
  consumer ref>csm_consumer

table csm_household "Household"
  name s100 display

table csm_consumer "Consumer" number CNSR audit
  number s40
  name s152 display
  prefix s40
  first_name s50
  middle_name s50
  last_name s50
  suffix s40
  title s60
  email email
  business_phone s40
  home_phone s40
  mobile_phone s40
  fax s40
  gender s40
  street s255
  city s100
  state s100
  country s40
  zip s40
  time_zone s40
  time_format s40
  date_format s40
  preferred_language s3
  notification i =1
  notes s4000
  photo user_image
  active b =true
  primary b =false
  household ref>csm_household
  user ref>csm_consumer_user
  sys_domain ref>sys_user_group "Domain" =global

table sn_customerservice_case "Case" extends task number CS audit
  account ref>customer_account
  contact ref>customer_contact
  consumer ref>csm_consumer
  partner ref>customer_account
  partner_contact ref>customer_contact
  product ref>cmdb_model
  asset ref>alm_asset
  entitlement ref>service_entitlement
  category i =1
  subcategory i
  resolution_code s40
  cause s4000
  probable_cause s4000
  resolved_at t "Resolved"
  resolved_by ref>sys_user
  first_response_time t
  support_manager ref>sys_user
  case s300
  case_report ref>sn_customerservice_case_report
  business_impact s4000
  active_escalation ref>sn_customerservice_escalation
  active_account_escalation ref>sn_customerservice_escalation
  needs_attention b =false
  follow_the_sun b =false
  major_case_state s40
  child_case_creation_progress b =false
  sync_driver b =false
  notes_to_comments b =false
  notify i =1
  problem ref>problem
  change ref>change_request
  caused_by ref>change_request
  incident ref>incident
  recipient_list ref>recipient_list
  auto_created_case b =false
  contact_local_time s40
  contact_time_zone s40
  variable_pool variables
  hierarchical_variables variables =variable_pool
  sn_app_cs_social_social_profile ref>sn_app_cs_social_social_profile

table sn_customerservice_escalation "Escalation" extends task number ESC audit
  source_table table_name
  source_record document_id
  type ref>sn_customerservice_escalation_template
  escalation_severity ref>sn_customerservice_escalation_severity
  request_source i
  reason i
  escalation_justification s4000
  requested_by ref>sys_user

table sn_customerservice_escalation_template "Escalation Template"
  name s100 display
  active b =true

table sn_customerservice_escalation_severity "Escalation Severity"
  name s100 display
  order i

table sn_customerservice_case_report "Case Report"
  name s100 display

table sn_app_cs_social_social_profile "Social Profile"
  name s100 display
  social_handle s100

table service_entitlement "Entitlement"
  name s100 display
  account ref>customer_account

table ast_contract "Contract"
  number s40 display
  short_description s200
  account ref>customer_account
`
