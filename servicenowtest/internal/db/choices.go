package db

// Stock choice lists: https://www.servicenow.com/docs/r/api-reference/rest-apis/case-api.html for cases, the state models
// of https://www.servicenow.com/docs/r/it-service-management/ for changes and problems.
const stockChoices = `
task.state -5=Pending; 1=Open; 2=Work in Progress; 3=Closed Complete; 4=Closed Incomplete; 7=Closed Skipped
task.priority 1=1 - Critical; 2=2 - High; 3=3 - Moderate; 4=4 - Low; 5=5 - Planning
task.impact 1=1 - High; 2=2 - Medium; 3=3 - Low
task.urgency 1=1 - High; 2=2 - Medium; 3=3 - Low
task.escalation 0=Normal; 1=Moderate; 2=High; 3=Overdue
task.contact_type chat=Chat; email=Email; phone=Phone; self-service=Self-service; social=Social; web=Web; walk-in=Walk-in; virtual_agent=Virtual Agent
task.approval not requested=Not Yet Requested; requested=Requested; approved=Approved; rejected=Rejected; cancelled=No Longer Required; not_required=Not Required; duplicate=Duplicate
task.upon_approval proceed=Proceed to Next Task; do_nothing=Wait for a User to Close this task
task.upon_reject cancel=Cancel all future Tasks; goto=Go to a previous Task
incident.state 1=New; 2=In Progress; 3=On Hold; 6=Resolved; 7=Closed; 8=Canceled
incident.incident_state 1=New; 2=In Progress; 3=On Hold; 6=Resolved; 7=Closed; 8=Canceled
incident.hold_reason 1=Awaiting Caller; 3=Awaiting Problem; 4=Awaiting Vendor; 5=Awaiting Change
incident.severity 1=1 - High; 2=2 - Medium; 3=3 - Low
incident.category inquiry=Inquiry / Help; software=Software; hardware=Hardware; network=Network; database=Database
incident.subcategory email=Email; os=Operating System; cpu=CPU; disk=Disk; dhcp=DHCP; dns=DNS; vpn=VPN; db2=DB2; sql server=MS SQL Server; oracle=Oracle
incident.notify 1=Do Not Notify; 2=Send Email; 3=Telephone
incident.close_code Solution provided=Solution provided; Workaround provided=Workaround provided; User error=User error; Known error=Known error; No resolution provided=No resolution provided; Duplicate=Duplicate; Resolved by caller=Resolved by caller
change_request.state -5=New; -4=Assess; -3=Authorize; -2=Scheduled; -1=Implement; 0=Review; 3=Closed; 4=Canceled
change_request.type standard=Standard; normal=Normal; emergency=Emergency
change_request.risk 1=Very high; 2=High; 3=Moderate; 4=Low
change_request.category Hardware=Hardware; Software=Software; Service=Service; Network=Network; Other=Other
change_task.state -5=Pending; 1=Open; 2=In Progress; 3=Closed; 4=Canceled
problem.state 101=New; 102=Assess; 103=Root Cause Analysis; 104=Fix in Progress; 106=Resolved; 107=Closed
problem.problem_state 101=New; 102=Assess; 103=Root Cause Analysis; 104=Fix in Progress; 106=Resolved; 107=Closed
problem_task.state 151=New; 152=Assess; 154=Work in Progress; 157=Closed
sc_request.request_state requested=Pending Approval; in_process=Approved; closed_complete=Closed Complete; closed_incomplete=Closed Incomplete; closed_cancelled=Closed Cancelled
sn_customerservice_case.state 1=New; 10=Open; 18=Awaiting Info; 6=Resolved; 3=Closed
sn_customerservice_case.priority 1=1 - Critical; 2=2 - High; 3=3 - Moderate; 4=4 - Low
sn_customerservice_case.category 0=Question; 1=Issue; 2=Feature
sn_customerservice_case.subcategory 0=Question
sn_customerservice_case.contact_type chat=Chat; email=Email; phone=Phone; social=Social; web=Web
sn_customerservice_case.major_case_state proposed=Proposed; accepted=Accepted; rejected=Rejected; canceled=Canceled
sn_customerservice_case.notify 1=Do Not Notify; 2=Send Email; 3=Telephone
sn_customerservice_escalation.state 100=Requested; 101=Escalated; 102=Declined; 103=Closed; 104=De-escalation Requested
sn_customerservice_escalation.request_source 0=Customer; 1=Internal
sn_customerservice_escalation.reason 0=Inactivity; 1=Lack of progress; 2=Customer imposed deadline
kb_knowledge.workflow_state draft=Draft; review=Review; scheduled=Scheduled for publish; published=Published; pending_retirement=Pending retirement; retired=Retired; outdated=Outdated
kb_knowledge.article_type text=HTML; wiki=Wiki
sys_script.when before=before; after=after; async=async; async_deprecated=async_deprecated; display=display
sys_user.notification 1=Disable; 2=Enable
sys_attachment.state available=Available; available_conditionally=Available Conditionally; not_available=Not Available; pending=Pending
sys_user.preferred_language en=English; de=German; fr=French; es=Spanish; ja=Japanese
`
