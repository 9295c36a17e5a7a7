// What a caller of the service does with its official Go client: every method once, from upload to results.
//
//	main URL TOKEN NAME FILE...
//
// NAME is the load test among the files. What came of each call is printed as JSON, by method: the answer or the error.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/microsoft/azure-devops-go-api/azuredevops"
	"github.com/microsoft/azure-devops-go-api/azuredevops/cloudloadtest"
	"github.com/microsoft/azure-devops-go-api/azuredevops/testservice"
)

var outcomes = map[string]map[string]any{}

// note keeps what came of a call and hands it on.
func note[T any](method string, found T, err error) T {
	if err != nil {
		outcomes[method] = map[string]any{"error": err.Error()}
	} else {
		outcomes[method] = map[string]any{"found": found}
	}
	return found
}

func of[T any](value T) *T { return &value }

func upload(drop *testservice.TestDrop, path string) {
	content, err := os.ReadFile(path)
	stop(err)
	url := *drop.AccessData.DropContainerUrl + "/" + filepath.Base(path) + *drop.AccessData.SasKey
	request, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(content))
	stop(err)
	request.Header.Set("x-ms-blob-type", "BlockBlob")
	answer, err := http.DefaultClient.Do(request)
	stop(err)
	if answer.StatusCode != http.StatusCreated {
		stop(fmt.Errorf("upload: %s", answer.Status))
	}
}

func stop(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	url, token, name, files := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := cloudloadtest.NewClient(ctx, azuredevops.NewPatConnection(url, token))
	stop(err)

	drop, err := client.CreateTestDrop(ctx, cloudloadtest.CreateTestDropArgs{WebTestDrop: &testservice.TestDrop{DropType: of("TestServiceBlobDrop")}})
	stop(err)
	note("CreateTestDrop", drop, err)
	drop, err = client.GetTestDrop(ctx, cloudloadtest.GetTestDropArgs{TestDropId: drop.Id})
	note("GetTestDrop", drop, err)
	for _, file := range files {
		upload(drop, file)
	}
	wish := testservice.TestRun{Name: &name, TestDrop: &testservice.TestDropRef{Id: drop.Id}}
	run, err := client.CreateTestRun(ctx, cloudloadtest.CreateTestRunArgs{WebTestRun: &wish})
	stop(err)
	note("CreateTestRun", run, err)
	id := run.Id
	queued := testservice.TestRun{State: &testservice.TestRunStateValues.Queued}
	note("UpdateTestRun", "", client.UpdateTestRun(ctx, cloudloadtest.UpdateTestRunArgs{WebTestRun: &queued, TestRunId: id}))
	states := testservice.TestRunStateValues
	for {
		run, err = client.GetTestRun(ctx, cloudloadtest.GetTestRunArgs{TestRunId: id})
		stop(err)
		if *run.State != states.Queued && *run.State != states.InProgress {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	note("GetTestRun", run, err)
	runs, err := client.GetTestRuns(ctx, cloudloadtest.GetTestRunsArgs{Name: &name})
	note("GetTestRuns", runs, err)
	messages, err := client.GetTestRunMessages(ctx, cloudloadtest.GetTestRunMessagesArgs{TestRunId: id})
	note("GetTestRunMessages", messages, err)
	failures, err := client.GetLoadTestRunErrors(ctx, cloudloadtest.GetLoadTestRunErrorsArgs{TestRunId: id, Detailed: of(true)})
	note("GetLoadTestRunErrors", failures, err)
	result, err := client.GetLoadTestResult(ctx, cloudloadtest.GetLoadTestResultArgs{TestRunId: id})
	note("GetLoadTestResult", result, err)
	counters, err := client.GetCounters(ctx, cloudloadtest.GetCountersArgs{TestRunId: id, GroupNames: of("Performance,Throughput"), IncludeSummary: of(true)})
	stop(err)
	note("GetCounters", counters, err)
	asked := []interface{}{}
	for _, counter := range *counters {
		asked = append(asked, testservice.CounterSampleQueryDetails{CounterInstanceId: counter.CounterInstanceId})
	}
	details := azuredevops.VssJsonCollectionWrapper{Count: of(len(asked)), Value: &asked}
	samples, err := client.GetCounterSamples(ctx, cloudloadtest.GetCounterSamplesArgs{TestRunId: id, CounterSampleQueryDetails: &details})
	note("GetCounterSamples", samples, err)

	definition, err := client.CreateTestDefinition(ctx, cloudloadtest.CreateTestDefinitionArgs{TestDefinition: &testservice.TestDefinition{Name: of("kept")}})
	stop(err)
	note("CreateTestDefinition", definition, err)
	renamed := testservice.TestDefinition{Id: definition.Id, Name: of("renamed")}
	changed, err := client.UpdateTestDefinition(ctx, cloudloadtest.UpdateTestDefinitionArgs{TestDefinition: &renamed})
	note("UpdateTestDefinition", changed, err)
	definition, err = client.GetTestDefinition(ctx, cloudloadtest.GetTestDefinitionArgs{TestDefinitionId: definition.Id})
	note("GetTestDefinition", definition, err)
	definitions, err := client.GetTestDefinitions(ctx, cloudloadtest.GetTestDefinitionsArgs{Top: of(10)})
	note("GetTestDefinitions", definitions, err)

	group, err := client.CreateAgentGroup(ctx, cloudloadtest.CreateAgentGroupArgs{Group: &testservice.AgentGroup{GroupName: of("rig")}})
	stop(err)
	note("CreateAgentGroup", group, err)
	groups, err := client.GetAgentGroups(ctx, cloudloadtest.GetAgentGroupsArgs{})
	note("GetAgentGroups", groups, err)
	agents, err := client.GetStaticAgents(ctx, cloudloadtest.GetStaticAgentsArgs{AgentGroupId: group.GroupId})
	note("GetStaticAgents", agents, err)
	machine, err := os.Hostname()
	stop(err)
	deleted, err := client.DeleteStaticAgent(ctx, cloudloadtest.DeleteStaticAgentArgs{AgentGroupId: group.GroupId, AgentName: &machine})
	note("DeleteStaticAgent", deleted, err)

	plugins, err := client.GetPlugins(ctx, cloudloadtest.GetPluginsArgs{})
	note("GetPlugins", plugins, err)
	plugin, err := client.GetPlugin(ctx, cloudloadtest.GetPluginArgs{Type: of("ApplicationInsights")})
	note("GetPlugin", plugin, err)
	applications, err := client.GetApplications(ctx, cloudloadtest.GetApplicationsArgs{})
	note("GetApplications", applications, err)
	application, err := client.GetApplication(ctx, cloudloadtest.GetApplicationArgs{ApplicationId: of("ApplicationInsights~shop")})
	note("GetApplication", application, err)
	known, err := client.GetApplicationCounters(ctx, cloudloadtest.GetApplicationCountersArgs{ApplicationId: of("ApplicationInsights~shop")})
	note("GetApplicationCounters", known, err)

	stop(json.NewEncoder(os.Stdout).Encode(outcomes))
}
