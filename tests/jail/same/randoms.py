import random, uuid, secrets
print(len({random.random() for _ in range(3)}), len(str(uuid.uuid4())), len(secrets.token_hex()))