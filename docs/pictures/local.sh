cd samples/endpoints/online
export FILE=managed/simple-flow/1-create-endpoint-with-blue.yml
az ml endpoint create --local -n my-endpoint -f $FILE -o table
az ml endpoint invoke --local -n my-endpoint --request-file model-1/sample-request.json
# Edit score.py, and serve the edit:
sed -i 's/\(.*\)"Init complete")/&\n\1"Updated successfully")/' model-1/onlinescoring/score.py
az ml endpoint update --local -n my-endpoint -f $FILE -o none
az ml endpoint get-logs --local -n my-endpoint -d blue | grep Updated
# An edit that does not work leaves the old deployment serving:
sed -i 's/sklearn_regression_model/no-such-model/' model-1/onlinescoring/score.py
! az ml endpoint update --local -n my-endpoint -f $FILE -o none
az ml endpoint list --local -o table
