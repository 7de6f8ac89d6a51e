package db

// Who may come in: OAuth registry and credentials, access policies, rate limits, ACLs; and the odd table besides. The
// OAuth columns follow the registry form of
// https://www.servicenow.com/docs/r/platform-security/authentication/t_CreateEndpointforExternalClients.html.
const schemaAccess = `
table oauth_entity "Application Registry"
  name s100 display
  client_id s255
  client_uuid s32
  client_secret password2
  type s40 =client
  active b =true
  access_token_lifespan i =1800
  refresh_token_lifespan i =8640000
  redirect_url s1024
  logo_url url
  access s40 =public
  user ref>sys_user "OAuth Application User"
  client_type s40 =integration_as_a_user
  inbound_grant_type s40
  default_grant_type s40
  public_client b =false
  pkce_required b =false
  token_format s40 =opaque
  enforce_token_restriction b =false
  comments s1000

table oauth_entity_scope "OAuth Entity Scope"
  name s100 display
  oauth_entity ref>oauth_entity
  oauth_entity_scope s255

table oauth_entity_profile "OAuth Entity Profile"
  name s100 display
  oauth_entity ref>oauth_entity
  grant_type s40
  default b =false

table oauth_jwt "OAuth JWT API endpoint"
  name s100 display
  oauth_entity ref>oauth_entity
  clock_skew i =300
  enable_jti_verification b =true
  user_field s80
  jti_claim s40

table jwt_verifier_map "JWT Verifier Map"
  name s100 display
  jwt_provider ref>oauth_jwt
  sys_certificate ref>sys_certificate
  kid s255
  shared_key password2

table sys_certificate "X.509 Certificate"
  name s100 display
  pem_certificate s8000
  active b =true

table oauth_credential "OAuth Credential" untracked
  name s100 display
  type s40
  token password2
  token_received t
  expires t
  last_access t
  scopes s1000
  user s255
  session_user ref>sys_user
  peer ref>oauth_entity
  oauth_requestor_profile s32
  requestor_id s32
  login_method s40
  code_challenge s255
  code_challenge_method s40

table sys_api_access_policy "REST API Access Policy"
  name s100 display
  active b =true
  rest_api s255
  rest_api_path s255
  http_method s40
  version s40
  resource s255
  global b =false
  apply_all_methods b =true
  apply_all_resources b =true
  apply_all_versions b =true

table sys_rate_limit_rules "Rate Limit Rule"
  name s100 display
  active b =true
  rest_api s255
  request_limit i
  type s40
  table table_name
  user ref>sys_user
  role ref>sys_user_role
  method s40

table sys_security_acl "Access Control"
  name s160 display
  operation s40
  type s40 =record
  active b =true
  admin_overrides b =true
  condition cond
  script script
  advanced b =false
  description s1000

table sys_security_acl_role "Access Roles"
  sys_security_acl ref>sys_security_acl
  sys_user_role ref>sys_user_role

table sys_filter_option_dynamic "Dynamic Filter Option"
  label s100 display
  script script
  field_type s40
  table table_name
  available_for_filter b =true
  active b =true

table sys_public "Public Page"
  page s100 display
  active b =true

table v_plugin "Plugin" untracked
  id s255
  name s255 display
  active s40

table sys_trigger "Schedule Item" untracked
  name s100 display
  state i
  next_action t
  script script

table sys_update_set "Update Set" untracked
  name s100 display
  state s40 =in progress

table sys_hub_flow "Flow" untracked
  name s100 display
  active b =true
`
