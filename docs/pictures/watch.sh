cd samples/endpoints/online
export FILE=managed/simple-flow/1-create-endpoint-with-blue.yml LOG=../../watch.log
az ml endpoint watch --local --runtime process -n my-endpoint -f $FILE >$LOG 2>&1 &
until grep -q "Ctrl-C ends it" $LOG; do sleep 0.1; done; sleep 4; tail -n 2 $LOG
# Save an edit, and another one that does not work: what served before goes on serving.
sed -i 's/\(.*\)"Init complete")/&\n\1"Saved")/' model-1/onlinescoring/score.py; sleep 3; tail -n 1 $LOG
sed -i 's/sklearn_regression_model/no-such-model/' model-1/onlinescoring/score.py; sleep 3; tail -n 1 $LOG
az ml endpoint invoke --local -n my-endpoint --request-file model-1/sample-request.json -o tsv
# Correct it, and save an environment variable in the YAML:
sed -i 's/no-such-model/sklearn_regression_model/' model-1/onlinescoring/score.py; sleep 3; tail -n 1 $LOG
sed -i 's/^    scale_settings:/    environment_variables: {COLOUR: blue}\n&/' $FILE; sleep 5; tail -n 3 $LOG
# Ctrl-C leaves it running.
pkill -INT -f "ml endpoint watch"; sleep 1; az ml endpoint list --local --runtime process -o table
