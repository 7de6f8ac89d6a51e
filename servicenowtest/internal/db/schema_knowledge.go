package db

// Knowledge. Columns: https://www.servicenow.com/docs/r/servicenow-platform/knowledge-management/Installed-with-km-core.html.
const schemaKnowledge = `
table kb_knowledge "Knowledge" number KB audit
  sys_class_name sys_class_name "Class"
  number s40 display
  short_description s100
  text html "Article body"
  wiki wiki_text
  article_type s40 =text
  workflow_state s40 =draft
  active b =true
  kb_knowledge_base ref>kb_knowledge_base "Knowledge base"
  kb_category ref>kb_category "Category"
  author ref>sys_user
  published d
  valid_to d =2100-01-01
  retired d
  can_read_user_criteria list>user_criteria "Can Read"
  cannot_read_user_criteria list>user_criteria "Cannot Read"
  roles s255
  topic s40 =General
  category s40
  meta s4000
  meta_description s4000
  description s4000
  source ref>task
  direct b =false
  image user_image
  rating decimal
  use_count i =0
  helpful_count i =0
  sys_view_count i =0
  flagged b =false
  disable_commenting b =false
  disable_suggesting b =false
  display_attachments b =false
  cmdb_ci ref>cmdb_ci
  view_as_allowed b =true
  replacement_article ref>kb_knowledge
  taxonomy_topic list>topic
  generated_with_now_assist b =false
  version ref>kb_version
  base_version ref>kb_knowledge
  display_number s40
  article_id s32
  latest b =true
  language s3 =en
  featured b =false

table kb_use "Knowledge Use" untracked
  article ref>kb_knowledge
  user ref>sys_user
  viewed b =false
  used b =false

table kb_version "Knowledge version"
  version s40 display
  knowledge ref>kb_knowledge

table kb_knowledge_base "Knowledge Base"
  title s100 display
  description s4000
  owner ref>sys_user
  kb_managers list>sys_user
  active b =true
  workflow ref>wf_workflow
  retire_workflow ref>wf_workflow
  kb_version s40 =3
  icon user_image

table kb_category "Knowledge Category"
  label s100 display
  value s100
  parent_id document_id
  parent_table table_name
  full_category s255
  active b =true

table user_criteria "User Criteria"
  name s100 display
  user list>sys_user
  group list>sys_user_group
  role list>sys_user_role
  company list>core_company
  department list>cmn_department
  location list>cmn_location
  match_all b =false
  advanced b =false
  script script
  active b =true

table kb_uc_can_read_mtom "Who Can Read"
  kb_knowledge_base ref>kb_knowledge_base
  user_criteria ref>user_criteria

table kb_uc_cannot_read_mtom "Who Cannot Read"
  kb_knowledge_base ref>kb_knowledge_base
  user_criteria ref>user_criteria

table kb_uc_can_contribute_mtom "Who Can Contribute"
  kb_knowledge_base ref>kb_knowledge_base
  user_criteria ref>user_criteria

table kb_uc_cannot_contribute_mtom "Who Cannot Contribute"
  kb_knowledge_base ref>kb_knowledge_base
  user_criteria ref>user_criteria
`
