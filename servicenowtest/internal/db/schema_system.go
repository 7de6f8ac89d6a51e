package db

// Platform tables: dictionary, scripts, properties, audit, attachments, events, logs.
// The dictionary columns follow public dictionary walkers.
const schemaSystem = `
table sys_metadata "Application File"
  sys_class_name sys_class_name "Class"
  sys_name s255 "Display name"
  sys_scope ref>sys_scope "Application" =global
  sys_package ref>sys_scope "Package" =global
  sys_policy s40 "Protection policy"
  sys_update_name s250 "Update name"

table sys_scope "Application"
  name s100 display
  scope s18

table sys_script "Business Rule" extends sys_metadata
  name s40 display
  collection table_name "Table"
  when s40 =before
  action_insert b =false "Insert"
  action_update b =false "Update"
  action_delete b =false "Delete"
  action_query b =false "Query"
  active b =true
  advanced b =false
  order i =100
  priority i =100
  script script =(function executeRule(current, previous /*null when async*/) {})(current, previous);
  condition s254
  filter_condition cond "Filter Conditions"
  role_conditions list>sys_user_role
  abort_action b =false
  add_message b =false
  change_fields b =true
  client_callable b =false
  is_rest b =false "REST"
  execute_function b =false
  message html
  template s4000 "Set field values"
  description s4000
  access s40 =package_private
  rest_method ref>sys_rest_message_fn
  rest_service ref>sys_rest_message
  rest_method_text s40
  rest_service_text s40
  rest_variables s4000
  sys_overrides ref>sys_script

table sys_script_include "Script Include" extends sys_metadata
  name s100 display
  api_name s200
  script script
  active b =true
  client_callable b =false
  access s40 =package_private
  description s4000

table sys_properties "System Property" extends sys_metadata
  name s100 display
  suffix s100
  value s4000
  type s40 =string
  description s512
  choices s4000
  is_private b =false "Private"
  ignore_cache b =false
  read_roles s255
  write_roles s255

table sys_choice "Choice"
  name table_name "Table"
  element s80
  value s100
  label s100 display
  language s3 =en
  sequence i
  inactive b =false
  dependent_value s100
  hint s255

table sys_db_object "Table" untracked
  name s80
  label s80 display
  super_class ref>sys_db_object "Extends table"
  sys_scope ref>sys_scope
  is_extendable b =false
  access s40 =public
  ws_access b =true "Allow access to this table via web services"
  create_access b =true
  read_access b =true
  update_access b =true
  delete_access b =true
  number_ref ref>sys_number

table sys_number "Number" untracked
  category ref>sys_db_object "Table"
  prefix s40
  number i
  maximum_digits i =7

table sys_dictionary "Dictionary Entry" untracked
  name table_name "Table"
  element s80 "Column name"
  internal_type ref>sys_glide_object "Type"
  reference ref>sys_db_object
  max_length i
  column_label s80 display
  mandatory b =false
  read_only b =false
  unique b =false
  active b =true
  default_value s512
  attributes s1000
  audit b =false
  choice i =0
  dependent s80
  virtual b =false
  display b =false

table sys_glide_object "Field class" untracked
  name s80 display
  label s80

table sys_audit "Audit" untracked
  tablename table_name "Table Name"
  documentkey s32 "Document Key"
  fieldname s80 "Field Name"
  oldvalue s4000 "Old Value"
  newvalue s4000 "New Value"
  reason s255
  record_checkpoint i "Update count"
  internal_checkpoint s40
  user s40

table sys_audit_delete "Audit Deleted Record" untracked
  tablename table_name "Table Name"
  documentkey s32 "Document Key"
  display_value s255 display
  payload xml

table sys_audit_relation "Audit Relationship Change" untracked
  audit ref>sys_audit
  audit_delete ref>sys_audit_delete
  documentkey s32
  tablename table_name

table sys_attachment "Attachment" untracked
  file_name s100 display
  content_type s255
  size_bytes i
  size_compressed i
  compressed b =true
  table_name table_name
  table_sys_id s32 "Table sys ID"
  image_width i
  image_height i
  average_image_color s40
  chunk_size_bytes i
  hash s64
  state s40 =available
  encryption_context ref>sys_encryption_context

table sys_attachment_doc "Attachment Document" untracked
  sys_attachment ref>sys_attachment
  position i
  length i
  data s8000

table sys_attachment_attribute "Attachment Attribute" untracked
  sys_attachment ref>sys_attachment
  key s100 display
  value s1000

table sysevent "Event" untracked
  name s100 display
  parm1 s4000
  parm2 s4000
  table table_name
  instance document_id
  queue s40
  state s40 =ready
  process_on t
  processed t
  user_id s32
  user_name s40

table sysevent_register "Event Registration" extends sys_metadata
  event_name s100 display
  description s1000
  table table_name
  queue s40
  fired_by s255

table sysevent_script_action "Script Action" extends sys_metadata
  name s100 display
  event_name s100
  script script
  condition_script s1000
  active b =true
  order i =100
  synchronous b =false

table syslog "Log Entry" untracked
  level s40
  message s8000
  source s100
  type s40

table ecc_queue "Queue" untracked
  agent s255
  topic s255
  name s255 display
  source s255
  queue s40
  state s40
  payload s8000
  error_string s4000

table sys_outbound_http_log "Outbound HTTP Log" untracked
  url s4000
  method s40
  response_status i
  response_time i
  source_table table_name
  source_record s32
  request_length i
  response_length i
  hostname s255

table sys_email "Email" untracked
  type s40 =send-ready
  state s40 =ready
  subject s255 display
  body html
  body_text s8000
  recipients s4000
  copied s4000
  blind_copied s4000
  headers s8000
  importance s40
  error_string s4000
  target_table table_name
  instance document_id "Target"
  user s100
`
