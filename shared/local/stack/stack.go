// Package stack turns template.yaml into what the local cloud has to run:
// tables, queues, functions, routes, mappings and schedules. Nothing about the
// system is written down a second time.
package stack

import "time"

// Stack is a resolved template: every intrinsic is replaced by its value and
// every physical name equals the logical id.
type Stack struct {
	Parameters map[string]string
	Functions  []Function
	Routes     []Route
	Mappings   []Mapping
	Schedules  []Schedule
	Tables     []Table
	Queues     []Queue
	Topics     []string
	Secrets    []Secret
	Buckets    []string
}

// Function is one Lambda function of the template.
type Function struct {
	LogicalID   string
	Folder      string // functions/<Folder>, from the template's Handler; the binary is .build/<Folder>/bootstrap
	ARN         string
	Environment map[string]string
	Timeout     time.Duration
	MemoryMB    int
	Reserved    int         // reserved concurrency; 0 when none is set
	DeadLetter  string      // logical id of the queue for events that failed three times, or empty
	LogFormat   string      // LoggingConfig.LogFormat: JSON or Text; empty when not set
	Statements  []Statement // what its role allows
}

// Statement is one IAM statement of a function's role.
type Statement struct {
	Effect    string
	Actions   []string
	Resources []string
	Condition map[string]map[string][]string // operator → key → values
	Managed   bool                           // of a policy that AWS owns: nobody can make it narrower
}

// Route binds one HTTP route key ("GET /v1/me" or "$default") to a function.
type Route struct {
	Key      string
	Function string // logical id
}

// Mapping is an event source mapping of a DynamoDB stream or an SQS queue.
type Mapping struct {
	LogicalID           string
	Function            string // logical id
	Table               string // logical id of the stream's table, or empty
	Queue               string // logical id of the queue, or empty
	BatchSize           int
	Window              time.Duration
	Filters             []string // JSON patterns
	ReportItemFailures  bool
	Bisect              bool
	MaximumRetries      int // -1: until the record expires
	MaximumRecordAge    time.Duration
	MaximumConcurrency  int
	StartingPosition    string
	OnFailureQueue      string // logical id
	ParallelizationRate int
}

// Schedule is one EventBridge schedule.
type Schedule struct {
	LogicalID  string
	Function   string // logical id
	Expression string // rate(…) or cron(…)
	TimeZone   string
	Input      string // JSON
	Enabled    bool
}

// Table is one DynamoDB table.
type Table struct {
	LogicalID string
	Keys      []KeyPart
	Indexes   []Index
	TTL       string // the TTL attribute, or empty
	Stream    string // the stream's view type, or empty
}

// KeyPart is one part of a key.
type KeyPart struct {
	Name string
	Type string // S, N or B
	Role string // HASH or RANGE
}

// Index is a global secondary index.
type Index struct {
	Name       string
	Keys       []KeyPart
	Projection string
	Include    []string
}

// Queue is one SQS queue.
type Queue struct {
	LogicalID   string
	Visibility  time.Duration
	Retention   time.Duration
	DeadLetter  string // logical id, or empty
	MaxReceives int
	FIFO        bool
}

// Secret is one Secrets Manager secret.
type Secret struct {
	LogicalID string
	Length    int    // of the generated value; 0 when Value is given
	Exclude   string // characters the generated value must not hold
	Value     string
}
