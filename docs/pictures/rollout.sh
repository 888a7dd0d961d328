cd samples/endpoints/online
export FILE=managed/simple-flow/3-create-green.yml PROBE=model-1/sample-request.json
az ml endpoint apply --local -n my-endpoint -f managed/simple-flow/1-create-endpoint-with-blue.yml -o table 2>/dev/null
az ml endpoint rollout --local -n my-endpoint -f $FILE --to green --bake 3s --probe $PROBE -o none
az ml endpoint history --local -n my-endpoint -o table
az ml endpoint rollback --local -n my-endpoint -o table
# A version that starts, and does not answer as it should:
sed -i 's/return predictions$/return predictions[:1]/' model-1/onlinescoring/score.py
! az ml endpoint rollout --local -n my-endpoint -f $FILE --to green --bake 3s --probe $PROBE --expect "length(@) == 2" -o none
az ml endpoint list --local -o table
