cd samples/endpoints/online
export FILES=managed/simple-flow
az ml endpoint plan -n my-endpoint -f $FILES/1-create-endpoint-with-blue.yml -o none
az ml endpoint apply -n my-endpoint -f $FILES/1-create-endpoint-with-blue.yml -o none 2>&1 | tail -n 5
az ml endpoint apply -n my-endpoint -f $FILES/1-create-endpoint-with-blue.yml -o none
# The third file scales blue and adds green:
az ml endpoint plan -n my-endpoint -f $FILES/3-create-green.yml -o none
