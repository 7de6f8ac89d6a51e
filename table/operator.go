package table

// Operator is one of the platform's comparison operators, in its own spelling. Any of the constants may be written as
// the platform writes it: Where("state", "=", "2") is Where("state", Is, "2").
type Operator string

// Operators on values. Most do not match rows whose column is empty; ask for emptiness as well where it matters.
const (
	Is          Operator = "="
	IsNot       Operator = "!=" // matches empty columns too
	Less        Operator = "<"
	AtMost      Operator = "<="
	Greater     Operator = ">"
	AtLeast     Operator = ">="
	In          Operator = "IN"      // any number of values, none with a comma in it
	NotIn       Operator = "NOT IN"  // any number of values, none with a comma in it
	Between     Operator = "BETWEEN" // two values, inclusive, none with an @ in it
	StartsWith  Operator = "STARTSWITH"
	EndsWith    Operator = "ENDSWITH" // on a reference, as with all text operators: the display value
	Like        Operator = "LIKE"     // contains
	NotLike     Operator = "NOT LIKE"
	Contains    Operator = "CONTAINS"    // seen as a synonym of Like
	IsEmpty     Operator = "ISEMPTY"     // no value
	IsNotEmpty  Operator = "ISNOTEMPTY"  // no value
	EmptyString Operator = "EMPTYSTRING" // no value
	Anything    Operator = "ANYTHING"    // no value; always true
	InstanceOf  Operator = "INSTANCEOF"  // a class and its sub-classes, on sys_class_name
	Dynamic     Operator = "DYNAMIC"     // the sys_id of a row of sys_filter_option_dynamic

	// InHierarchy takes the sys_id of a hierarchy and that of the record to start at; InHierarchyDynamic takes the
	// sys_id of a dynamic filter option as its second value.
	InHierarchy        Operator = "IN_HIERARCHY"
	InHierarchyDynamic Operator = "IN_HIERARCHY_DYNAMIC"
)

// Operators between columns, and on dates.
const (
	SameAs          Operator = "SAMEAS"  // a column; for dates, a column and a unit such as "day"
	NotSameAs       Operator = "NSAMEAS" // like SameAs
	GTField         Operator = "GT_FIELD"
	LTField         Operator = "LT_FIELD"
	GTOrEqualsField Operator = "GT_OR_EQUALS_FIELD"
	LTOrEqualsField Operator = "LT_OR_EQUALS_FIELD"
	MoreThan        Operator = "MORETHAN"   // a column, a unit, "before" or "after", a number
	LessThan        Operator = "LESSTHAN"   // a column, a unit, "before" or "after", a number
	On              Operator = "ON"         // a label, the start, the end: see WhereExpr
	NotOn           Operator = "NOTON"      // like On
	DatePart        Operator = "DATEPART"   // a label and a script: see DayOfWeek
	RelativeGT      Operator = "RELATIVEGT" // a unit, "ago" or "ahead", a number
	RelativeLT      Operator = "RELATIVELT" // like RelativeGT, as are the three below
	RelativeGE      Operator = "RELATIVEGE"
	RelativeLE      Operator = "RELATIVELE"
	RelativeEE      Operator = "RELATIVEEE"
)

// Operators on tags, and those that only conditions of rules and flows know.
const (
	DoesNotHave Operator = "DOESNOTHAVE"
	Excluding   Operator = "EXCLUDING"
	ValChanges  Operator = "VALCHANGES" // no value
	ChangesFrom Operator = "CHANGESFROM"
	ChangesTo   Operator = "CHANGESTO"
)

// operand says what an operator takes after the column's name.
type operand struct {
	min, max int    // how many values; max < 0 is any number
	lead     string // stands between operator and first value
	sep      string // stands between values, and is therefore refused in them
	checks   []func(string) error
}

var (
	opNone     = operand{}
	opOne      = operand{min: 1, max: 1}
	opList     = operand{min: 1, max: -1, sep: ","}
	opPair     = operand{min: 2, max: 2, sep: "@"}
	opSpan     = operand{min: 3, max: 3, sep: "@"}
	opField    = operand{min: 1, max: 2, sep: "@", checks: checks{checkColumn, checkWord}}
	opDistance = operand{min: 4, max: 4, sep: "@",
		checks: checks{checkColumn, checkWord, oneOf("before", "after"), checkNumber}}
	opRelative = operand{min: 3, max: 3, lead: "@", sep: "@",
		checks: checks{checkWord, oneOf("ago", "ahead"), checkNumber}}
)

type checks = []func(string) error

// operands is every operator of the reference, with the spellings that the platform takes as aliases.
var operands = map[Operator]operand{
	Is: opOne, IsNot: opOne, Less: opOne, AtMost: opOne, Greater: opOne, AtLeast: opOne,
	In: opList, NotIn: opList, Between: opPair, StartsWith: opOne, EndsWith: opOne, "%": opOne, Like: opOne,
	"*": opOne, NotLike: opOne, "NOTLIKE": opOne, "!*": opOne, Contains: opOne, IsEmpty: opNone,
	IsNotEmpty: opNone, EmptyString: opNone, Anything: opNone, InstanceOf: {min: 1, max: 1, checks: checks{checkTable}},
	Dynamic: {min: 1, max: 1, checks: checks{checkWord}}, InHierarchy: opPair, InHierarchyDynamic: opPair,
	SameAs: opField, NotSameAs: opField, GTField: opField, LTField: opField, GTOrEqualsField: opField,
	LTOrEqualsField: opField,
	MoreThan:        opDistance, LessThan: opDistance, On: opSpan, NotOn: opSpan, DatePart: opPair,
	RelativeGT: opRelative, RelativeLT: opRelative, RelativeGE: opRelative, RelativeLE: opRelative,
	RelativeEE:  opRelative,
	DoesNotHave: opOne, Excluding: opOne, ValChanges: opNone, ChangesFrom: opOne, ChangesTo: opOne,
}
