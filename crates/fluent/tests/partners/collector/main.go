// A receiver: the OpenTelemetry Collector's fluentforwardreceiver alone. Prints its port, then each event as a line of JSON,
// until its standard input ends.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/fluentforwardreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	metric "go.opentelemetry.io/otel/metric/noop"
	trace "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"
)

func main() {
	address := freeAddress()
	config := &fluentforwardreceiver.Config{ListenAddress: address.String()}
	factory := fluentforwardreceiver.NewFactory()
	settings := receiver.Settings{
		ID: component.NewID(factory.Type()),
		TelemetrySettings: component.TelemetrySettings{
			Logger:         zap.NewNop(),
			TracerProvider: trace.NewTracerProvider(),
			MeterProvider:  metric.NewMeterProvider(),
			Resource:       pcommon.NewResource(),
		},
	}
	var printing sync.Mutex
	events, err := consumer.NewLogs(func(_ context.Context, logs plog.Logs) error {
		printing.Lock()
		defer printing.Unlock()
		return printAll(logs)
	})
	must(err)
	logs, err := factory.CreateLogs(context.Background(), settings, config, events)
	must(err)
	must(logs.Start(context.Background(), nil))
	printing.Lock()
	fmt.Println(address.Port)
	printing.Unlock()
	_, err = io.Copy(io.Discard, os.Stdin)
	must(err)
}

// The receiver does not tell which port it took, so it is told one that was free just now.
func freeAddress() *net.TCPAddr {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr)
}

func printAll(logs plog.Logs) error {
	encoder := json.NewEncoder(os.Stdout)
	for _, resource := range logs.ResourceLogs().All() {
		for _, scope := range resource.ScopeLogs().All() {
			for _, event := range scope.LogRecords().All() {
				record := event.Attributes().AsRaw()
				tag := record["fluent.tag"]
				delete(record, "fluent.tag")
				if body := event.Body(); body.Type() != pcommon.ValueTypeEmpty {
					record["(body)"] = body.AsRaw()
				}
				time := event.Timestamp().AsTime()
				line := map[string]any{"tag": tag, "time": []int64{time.Unix(), int64(time.Nanosecond())}, "record": record}
				if err := encoder.Encode(line); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
