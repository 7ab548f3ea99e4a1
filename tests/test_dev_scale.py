from tests.test_scale import *
import shutil
from pathlib import Path
from django.db.backends.sqlite3 import base
@pytest.fixture
def cities(transactional_db, tmp_path):
    original = connection.settings_dict["NAME"]
    d=Path("/tmp/cities-dev"); d.mkdir(exist_ok=True)
    found = [City("small", d), City("large", d)]
    import time as t
    a=t.time(); c=t.process_time()
    if not Path(found[1].database).exists():
        f.make_bureau()
        for city, size in zip(found, (SMALL, LARGE), strict=True):
            settle(size); city.keep()
        print("built", t.time()-a, t.process_time()-c)
    yield found
    enter(original); connection.close()
