//go:build unix

package main

import "github.com/seed-a66f7fd3/servicenow/table"

// cells is a host's own row of 30 text fields that tells absent from empty.
type cells struct {
	SysID table.Text `json:"sys_id"`
	C01   table.Text `json:"column_01"`
	C02   table.Text `json:"column_02"`
	C03   table.Text `json:"column_03"`
	C04   table.Text `json:"column_04"`
	C05   table.Text `json:"column_05"`
	C06   table.Text `json:"column_06"`
	C07   table.Text `json:"column_07"`
	C08   table.Text `json:"column_08"`
	C09   table.Text `json:"column_09"`
	C10   table.Text `json:"column_10"`
	C11   table.Text `json:"column_11"`
	C12   table.Text `json:"column_12"`
	C13   table.Text `json:"column_13"`
	C14   table.Text `json:"column_14"`
	C15   table.Text `json:"column_15"`
	C16   table.Text `json:"column_16"`
	C17   table.Text `json:"column_17"`
	C18   table.Text `json:"column_18"`
	C19   table.Text `json:"column_19"`
	C20   table.Text `json:"column_20"`
	C21   table.Text `json:"column_21"`
	C22   table.Text `json:"column_22"`
	C23   table.Text `json:"column_23"`
	C24   table.Text `json:"column_24"`
	C25   table.Text `json:"column_25"`
	C26   table.Text `json:"column_26"`
	C27   table.Text `json:"column_27"`
	C28   table.Text `json:"column_28"`
	C29   table.Text `json:"column_29"`
}

// texts is the same for a host that does not care.
type texts struct {
	SysID string `json:"sys_id"`
	C01   string `json:"column_01"`
	C02   string `json:"column_02"`
	C03   string `json:"column_03"`
	C04   string `json:"column_04"`
	C05   string `json:"column_05"`
	C06   string `json:"column_06"`
	C07   string `json:"column_07"`
	C08   string `json:"column_08"`
	C09   string `json:"column_09"`
	C10   string `json:"column_10"`
	C11   string `json:"column_11"`
	C12   string `json:"column_12"`
	C13   string `json:"column_13"`
	C14   string `json:"column_14"`
	C15   string `json:"column_15"`
	C16   string `json:"column_16"`
	C17   string `json:"column_17"`
	C18   string `json:"column_18"`
	C19   string `json:"column_19"`
	C20   string `json:"column_20"`
	C21   string `json:"column_21"`
	C22   string `json:"column_22"`
	C23   string `json:"column_23"`
	C24   string `json:"column_24"`
	C25   string `json:"column_25"`
	C26   string `json:"column_26"`
	C27   string `json:"column_27"`
	C28   string `json:"column_28"`
	C29   string `json:"column_29"`
}
