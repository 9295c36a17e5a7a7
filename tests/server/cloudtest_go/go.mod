module penstock.test/cloudtest

go 1.19

require github.com/microsoft/azure-devops-go-api/azuredevops v1.0.0-b5

require github.com/google/uuid v1.1.1 // indirect
