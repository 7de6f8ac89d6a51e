package db

// The task family. Columns: https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html samples.
const schemaTask = `
table task "Task" number TASK audit
  sys_class_name sys_class_name "Task type"
  number s40 display
  state i =1
  active b =true
  short_description s160
  description s4000
  priority i =4
  impact i =3
  urgency i =3
  assigned_to ref>sys_user
  assignment_group ref>sys_user_group
  additional_assignee_list list>sys_user
  opened_at t "Opened"
  opened_by ref>sys_user
  closed_at t "Closed"
  closed_by ref>sys_user
  close_notes s4000
  due_date t
  sla_due t "SLA due"
  made_sla b =true "Made SLA"
  escalation i =0
  parent ref>task
  company ref>core_company
  location ref>cmn_location
  cmdb_ci ref>cmdb_ci "Configuration item"
  business_service ref>cmdb_ci_service "Service"
  service_offering ref>cmdb_ci_service
  contact_type s40 "Channel"
  correlation_id s100
  correlation_display s100
  watch_list list>sys_user
  work_notes_list list>sys_user
  group_list list>sys_user_group
  comments j "Additional comments"
  work_notes j
  comments_and_work_notes journal_list "Comments and Work notes"
  approval s40 =not requested
  approval_history j
  approval_set t
  upon_approval s40 =proceed
  upon_reject s40 =cancel
  expected_start t
  work_start t "Actual start"
  work_end t "Actual end"
  follow_up t
  activity_due t
  time_worked dur
  business_duration dur
  calendar_duration dur "Duration"
  reassignment_count i =0
  order i
  knowledge b =false
  skills list>cmn_skill
  contract ref>ast_contract
  user_input s4000
  universal_request ref>task
  delivery_plan ref>sc_cat_item_delivery_plan
  delivery_task ref>sc_cat_item_delivery_task
  rejection_goto ref>task
  wf_activity ref>wf_activity
  variables variables
  task_effective_number s40 "Effective number"
  route_reason i
  sys_domain ref>sys_user_group "Domain" =global
  sys_domain_path s255 "Domain Path" =/

table incident "Incident" extends task number INC audit
  caller_id ref>sys_user "Caller"
  category s40 =inquiry
  subcategory s40
  severity i =3
  incident_state i =1
  hold_reason i "On hold reason"
  close_code s40 "Resolution code"
  resolved_at t "Resolved"
  resolved_by ref>sys_user
  reopened_by ref>sys_user "Last reopened by"
  reopened_time t "Last reopened at"
  reopen_count i =0
  parent_incident ref>incident
  child_incidents i =0
  problem_id ref>problem "Problem"
  rfc ref>change_request "Change Request"
  caused_by ref>change_request "Caused by Change"
  cause s4000 "Probable cause"
  notify i =1
  origin_table table_name
  origin_id document_id "Origin"
  business_stc i "Business resolve time"
  calendar_stc i "Resolve time"
  business_impact s4000

table problem "Problem" extends task number PRB audit
  problem_state i =101
  known_error b =false
  first_reported_by_task ref>task
  cause_notes html
  fix_notes html
  workaround html
  resolution_code s40
  duplicate_of ref>problem
  major_problem b =false
  related_incidents i =0
  rfc ref>change_request "Change request"
  category s40
  subcategory s40

table change_request "Change Request" extends task number CHG audit
  type s40 =normal
  category s40 =Other
  risk i =4
  scope i =3
  phase s40 =requested
  phase_state s40 =open
  reason s40
  requested_by ref>sys_user
  requested_by_date t
  start_date t "Planned start date"
  end_date t "Planned end date"
  justification s4000
  implementation_plan s4000
  backout_plan s4000
  test_plan s4000
  change_plan s4000
  cab_required b =false "CAB required"
  cab_date t "CAB date/time"
  cab_delegate ref>sys_user
  cab_recommendation s4000
  conflict_status s40 =Not Run
  on_hold b =false
  on_hold_reason s4000
  review_status i
  review_comments s4000
  review_date d
  close_code s40
  chg_model ref>chg_model "Model"
  std_change_producer_version ref>std_change_producer_version
  unauthorized b =false
  outside_maintenance_schedule b =false

table change_task "Change Task" extends task number CTASK audit
  change_request ref>change_request
  change_task_type s40 =planning

table problem_task "Problem Task" extends task number PTASK audit
  problem ref>problem

table sc_request "Request" extends task number REQ audit
  requested_for ref>sys_user
  requested_date t
  request_state s40 =requested
  stage s40 =requested
  price cur
  delivery_address s4000
  special_instructions s4000

table sc_req_item "Requested Item" extends task number RITM audit
  request ref>sc_request
  cat_item ref>sc_cat_item "Item"
  requested_for ref>sys_user
  quantity i =1
  price cur
  stage s40
  sc_catalog ref>sc_catalog "Catalog"
  estimated_delivery t

table sc_task "Catalog Task" extends task number SCTASK audit
  request ref>sc_request
  request_item ref>sc_req_item
  sc_catalog ref>sc_catalog "Catalog"

table sc_catalog "Catalog"
  title s100 display
  active b =true

table sc_cat_item "Catalog Item"
  name s100 display
  short_description s200
  active b =true
  price cur
  category s40

table chg_model "Change Model"
  name s100 display
  active b =true

table sys_journal_field "Journal Entry" untracked
  name table_name "Name"
  element s80
  element_id s32 "Element ID"
  value s4000
`
